import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, test } from 'vitest';
import type { TenantActor } from '../../../src/actors/tenant/tenant-actor.ts';
import type { Command, CommandOutcome } from '../../../src/core/account/exchange.ts';
import type { Policy } from '../../../src/core/account/policy.ts';
import type { AdmitRequest } from '../../../src/core/account/protocol.ts';
import { account, admitRequest, settleRequest } from '../../support/account.ts';
import { granted, journalRows } from '../../support/actor.ts';

let accounts = 0;
let id: string;
let actor: DurableObjectStub<TenantActor>;

beforeEach(() => {
  accounts += 1;
  id = `k_exchange_${accounts}`;
  actor = env.TENANT.getByName(id);
});

const admit = (name: string): Command => ({ method: 'admit', request: admitRequest(name) });
const settle = (holdId: string): Command => ({ method: 'settle', request: settleRequest(holdId, 30) });

async function exchange(...commands: readonly Command[]): Promise<readonly CommandOutcome[]> {
  return actor.exchange({ commands });
}

const kinds = (outcomes: readonly CommandOutcome[]): unknown[] =>
  outcomes.map((outcome) => ('reply' in outcome && 'kind' in outcome.reply ? outcome.reply.kind : outcome));

describe('an exchange', () => {
  test('has its commands decided in their order, and written as one row', async () => {
    await actor.configure(account(id, { limits: [{ metric: 'concurrency', max: 1 }] }));
    const { holdId } = granted(await actor.admit(admitRequest('a')));
    const rows = await journalRows(actor);
    const outcomes = await exchange(admit('b'), settle(holdId), admit('c'), admit('d'), {
      method: 'voidCall',
      request: { name: 'c' },
    });
    expect(kinds(outcomes)).toEqual(['refused', 'settled', 'granted', 'refused', 'voided']);
    expect(await journalRows(actor)).toBe(rows + 1);
  });

  test('extends and renews, too', async () => {
    await actor.configure(account(id));
    const { holdId } = granted(await actor.admit(admitRequest('a')));
    const { bound } = admitRequest('a').call;
    const extend = { holdId, attempt: 2, spentTokens: 1, spentNanoUsd: 1, bound };
    const outcomes = await exchange(
      { method: 'extend', request: extend },
      { method: 'renew', request: { holdIds: [holdId, '1.7'] } },
    );
    expect(kinds(outcomes)).toEqual(['granted', { reply: { lost: ['1.7'] } }]);
  });

  test('answers the others where a command fails', async () => {
    await actor.configure(account(id));
    const wrong = admitRequest('wrong');
    const nonsense: AdmitRequest = {
      ...wrong,
      call: { ...wrong.call, bound: { ...wrong.call.bound, fixedTokens: -1 } },
    };
    const outcomes = await exchange(admit('a'), { method: 'admit', request: nonsense }, admit('b'));
    expect(kinds(outcomes)).toEqual(['granted', { failed: expect.stringContaining('fixed tokens') }, 'granted']);
  });

  test('is answered at once, though its account lets calls wait', async () => {
    const policy: Policy = { waitMs: 60_000, limits: [{ metric: 'concurrency', max: 1 }] };
    await actor.configure(account(id, policy));
    granted(await actor.admit(admitRequest('a')));
    const waits = actor.admit(admitRequest('waits'));
    expect(kinds(await exchange(admit('b'), admit('c')))).toEqual(['refused', 'refused']);
    await actor.voidCall({ name: 'a' });
    expect(await waits).toMatchObject({ kind: 'granted' });
  });

  test('of an account that nobody knows denies each admit, and ends what there is', async () => {
    const outcomes = await exchange(admit('a'), settle('1.0'), admit('b'));
    expect(outcomes).toEqual([
      { reply: { kind: 'denied', reason: 'unknown' } },
      { reply: { kind: 'ended' } },
      { reply: { kind: 'denied', reason: 'unknown' } },
    ]);
  });
});
