import { describe, expect, test } from 'vitest';
import { leaseMs } from '../../../src/limits.ts';
import { executeSettle } from '../../../src/core/account/execute.ts';
import type { KeptResponse } from '../../../src/core/account/kept-response.ts';
import type { Policy } from '../../../src/core/account/policy.ts';
import type { ResolveReply, SettleReply } from '../../../src/core/account/protocol.ts';
import { settleRequest } from '../../support/account.ts';
import { baseOf, keptResponse, responseId, sizedResponse, turnOf } from '../../support/kept-response.ts';
import { passDoubts } from '../../support/doubts.ts';
import { noon } from '../../support/ledger.ts';
import { RespondingAccount } from '../../support/responding-account.ts';

/** Goal: a response is kept with its settlement, for as long and as large as the policy says, and nowhere else. */

/** Three turns of one conversation. */
const first = keptResponse(1);
const second = keptResponse(2, { baseId: first.id });
const third = keptResponse(3, { baseId: second.id });

const resolved = (...responses: readonly KeptResponse[]): ResolveReply => ({
  kind: 'resolved',
  turns: responses.map(turnOf),
  missing: [],
});

describe('a settlement with a response', () => {
  test('keeps it, and leaves nothing of it in the journal or a checkpoint', async () => {
    const asked = new RespondingAccount();
    const texts = {
      input: '["put in by a client"]',
      output: '["said by a model"]',
      rest: '{"tools":"of the client"}',
      provider: 'a-provider',
    };
    await asked.keep({ ...first, ...texts });
    asked.engine.checkpoint();
    const { checkpoint, rows } = { checkpoint: asked.disk.load().checkpoint, rows: [...asked.disk.rows.values()] };
    const journal = JSON.stringify([checkpoint, rows]);
    for (const secret of ['put in', 'said', 'of the client', 'a-provider', first.id, baseOf(1)])
      expect(journal).not.toContain(secret);
    expect(await asked.resolve({ responseId: first.id })).toEqual(resolved({ ...first, ...texts }));
  });

  test('says nothing of one where there is none', async () => {
    const asked = new RespondingAccount();
    const holdId = await asked.hold();
    const settle = (): Promise<SettleReply> =>
      asked.do((row) => executeSettle(asked.engine.state, settleRequest(holdId, 30), row));
    expect(await settle()).toEqual({ kind: 'settled', breach: false, corrected: false });
    expect(await settle()).toEqual({ kind: 'ended' });
  });

  test('that is repeated says whether it is kept, and keeps nothing', async () => {
    const asked = new RespondingAccount();
    const holdId = await asked.hold();
    await asked.settle(holdId, first);
    expect(await asked.settle(holdId, first)).toEqual({ kind: 'ended', kept: true });
    expect(await asked.settle(holdId, second)).toEqual({ kind: 'ended', kept: false });
    await asked.forget(first.id);
    expect(await asked.settle(holdId, first)).toEqual({ kind: 'ended', kept: false });
    expect(asked.disk.responses.isEmpty()).toBe(true);
  });

  test('that comes after the call expired keeps it', async () => {
    const asked = new RespondingAccount();
    const holdId = await asked.hold();
    asked.nowMs += leaseMs;
    await asked.do(() => undefined);
    passDoubts(asked.engine);
    await asked.do(() => undefined);
    expect(asked.engine.state.ledger.open.size).toBe(0);
    expect(await asked.settle(holdId, first)).toEqual({ kind: 'settled', breach: false, corrected: true, kept: true });
    expect(await asked.resolve({ responseId: first.id })).toEqual(resolved(first));
  });

  test('keeps it only where what it builds on is there', async () => {
    const asked = new RespondingAccount();
    expect(await asked.settle(await asked.hold(), second)).toMatchObject({ kind: 'settled', kept: false });
  });

  test('after a crash: it is on disk with its settlement, or neither is', async () => {
    const asked = new RespondingAccount();
    const holdId = await asked.hold();
    asked.disk.fate = 'lost';
    await expect(asked.settle(holdId, first)).rejects.toThrow('the write failed');
    asked.wake();
    expect(asked.engine.state.ledger.open.has(holdId)).toBe(true);
    expect(asked.disk.responses.isEmpty()).toBe(true);
    await asked.settle(holdId, first);
    asked.wake();
    expect(asked.engine.state.ledger.open.has(holdId)).toBe(false);
    expect(await asked.settle(holdId, first)).toEqual({ kind: 'ended', kept: true });
  });
});

describe('a policy', () => {
  test.each<[string, Policy]>([
    ['forbids to keep any', { responses: { store: false } }],
    ['ends the account', { status: 'revoked' }],
  ])('that %s has all forgotten with it, and none kept from then on', async (_, policy) => {
    const asked = new RespondingAccount();
    await asked.keep(first, second);
    const holdId = await asked.hold();
    asked.disk.fate = 'lost';
    await expect(asked.configure(policy)).rejects.toThrow('the write failed');
    asked.wake();
    expect(asked.disk.responses.tally().responses).toBe(2);
    await asked.configure(policy);
    expect(asked.disk.responses.isEmpty()).toBe(true);
    expect(await asked.settle(holdId, third)).toEqual({
      kind: 'settled',
      breach: false,
      corrected: false,
      kept: false,
    });
    expect(asked.disk.responses.isEmpty()).toBe(true);
  });

  test('that only suspends the account leaves them', async () => {
    const asked = new RespondingAccount();
    await asked.keep(first);
    await asked.configure({ status: 'suspended' });
    await asked.configure({});
    expect(await asked.resolve({ responseId: first.id })).toEqual(resolved(first));
  });

  test('says how large they may be together, also when it is lowered', async () => {
    const asked = new RespondingAccount({ responses: { bytesMax: '3KB' } });
    for (const number of [1, 2, 3]) await asked.keep(sizedResponse(number, 1000));
    expect(asked.disk.responses.tally()).toEqual({ responses: 3, bytes: 3000 });
    await asked.keep(sizedResponse(4, 1000));
    expect(asked.disk.responses.all().map(({ id }) => id)).toEqual([2, 3, 4].map(responseId));
    await asked.configure({ responses: { bytesMax: 1000 } });
    expect(asked.disk.responses.all().map(({ id }) => id)).toEqual([responseId(4)]);
    expect(await asked.settle(await asked.hold(), sizedResponse(5, 1001))).toMatchObject({ kept: false });
  });

  test('says how long they are kept', async () => {
    const asked = new RespondingAccount({ responses: { hours: 2 } });
    await asked.keep(first);
    const forgetAt = (hours: number): number => {
      asked.engine.forgetOld(noon + hours * 3_600_000);
      return asked.disk.responses.tally().responses;
    };
    expect(asked.engine.nextForgetMs).toBe(noon + 2 * 3_600_000);
    expect(forgetAt(1.99)).toBe(1);
    await asked.configure({ responses: { hours: 3 } });
    expect(forgetAt(2)).toBe(1);
    await asked.configure({});
    expect(forgetAt(23.99)).toBe(1);
    expect(forgetAt(24)).toBe(0);
    expect(asked.engine.nextForgetMs).toBeUndefined();
  });
});
