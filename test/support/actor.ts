import { runInDurableObject } from 'cloudflare:test';
import type { AdmitReply, Grant } from '../../src/core/account/protocol.ts';
import type { TenantActor } from '../../src/actors/tenant/tenant-actor.ts';

export function granted(reply: AdmitReply): Grant {
  if (reply.kind !== 'granted') throw new Error(`expected a grant, and got ${JSON.stringify(reply)}`);
  return reply;
}

export async function journalRows(actor: DurableObjectStub<TenantActor>): Promise<number> {
  return runInDurableObject(
    actor,
    (_, { storage }) => storage.sql.exec<{ rows: number }>('SELECT count(*) AS rows FROM journal').one().rows,
  );
}
