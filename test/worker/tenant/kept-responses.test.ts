import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, test } from 'vitest';
import { newRequestId } from '../../../src/http/request-id.ts';
import type { KeptResponse } from '../../../src/tenant/kept-response.ts';
import type { Policy } from '../../../src/tenant/policy.ts';
import type { ResolveReply, ResolveRequest, SettleReply } from '../../../src/tenant/protocol.ts';
import type { TenantActor } from '../../../src/tenant/tenant-actor.ts';
import { account, admitRequest, secretHash, settleRequest } from '../../support/account.ts';
import { granted } from '../../support/actor.ts';
import { keptResponse } from '../../support/kept-response.ts';

/** Goal: what is promised of kept responses holds on the disk that actors really have. */

let accounts = 0;
let id: string;
let version: number;

const actor = (): DurableObjectStub<TenantActor> => env.TENANT.getByName(id);
const configure = async (policy: Policy): Promise<unknown> => actor().configure(account(id, policy, ++version));

beforeEach(async () => {
  accounts += 1;
  id = `k_kept_responses_${accounts}`;
  version = 0;
  await configure({});
});

async function keep(response: KeptResponse): Promise<SettleReply> {
  const { holdId } = granted(await actor().admit(admitRequest(newRequestId(Date.now()), { version })));
  return actor().settle({ ...settleRequest(holdId, 30), response });
}

async function resolve(request: Partial<ResolveRequest>): Promise<ResolveReply> {
  const reply = await actor().resolve({ secretHash, name: 'call', itemIds: [], ...request });
  if (reply.kind === 'denied') throw new Error(`denied: ${reply.reason}`);
  return reply;
}

const settled = { kind: 'settled', breach: false, corrected: false };

describe('a response', () => {
  test('is kept to the character with its settlement, and is there after an eviction', async () => {
    const first = keptResponse(1, { input: '[{"role":"user","content":"Grüße, \u{1f600}"}]' });
    expect(await keep(first)).toEqual({ ...settled, kept: true });
    const second = keptResponse(2, { baseId: first.id });
    expect(await keep(second)).toEqual({ ...settled, kept: true });
    await evictDurableObject(actor());
    expect(await resolve({ responseId: second.id })).toEqual({
      kind: 'resolved',
      responses: [first, second],
      missing: [],
    });
  });
});
