// A runtime of its own: it counts all doubts that begin in it.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { newRequestId } from '../../../src/http/request-id.ts';
import { checkpointEveryRows, leaseMs } from '../../../src/limits.ts';
import { doubtMs } from '../../../src/core/account/doubt.ts';
import type { TenantActor } from '../../../src/actors/tenant/tenant-actor.ts';
import { account, admitRequest, secretHash, settleRequest } from '../../support/account.ts';
import { granted, journalRows } from '../../support/actor.ts';
import { HeldDoubts } from '../../support/doubts.ts';
import { eventually } from '../../support/gateway.ts';

let accounts = 0;
let id: string;
let actor: DurableObjectStub<TenantActor>;

/** A stub that has seen its actor die is of no more use. */
const fresh = (): DurableObjectStub<TenantActor> => env.TENANT.getByName(id);

beforeEach(() => {
  accounts += 1;
  id = `k_tenant_${accounts}`;
  actor = fresh();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('durability', () => {
  test('what was admitted and settled is there after an eviction', async () => {
    await actor.configure(account(id, { limits: [{ metric: 'usd', per: 'month', max: '1' }] }));
    const first = granted(await actor.admit(admitRequest(newRequestId(Date.now()))));
    granted(await actor.admit(admitRequest(newRequestId(Date.now()))));
    await actor.settle(settleRequest(first.holdId, 30));
    await evictDurableObject(actor);
    const usage = await fresh().inspect();
    expect(usage.standings[0]).toMatchObject({ posted: 30_000, held: 110_000 });
    expect(usage.spend.totalNanoUsd).toBe(30_000);
  });

  test('what was admitted is there after the actor is killed in the middle of its work', async () => {
    await actor.configure(account(id, { limits: [{ metric: 'requests', per: 'total', max: 10 }] }));
    granted(await actor.admit(admitRequest('a')));
    const killed = runInDurableObject(actor, (_, state) => state.abort('killed'));
    await expect(killed).rejects.toThrow('killed');
    expect((await fresh().inspect()).standings[0]).toMatchObject({ held: 1 });
    expect(granted(await fresh().admit(admitRequest('a')))).toMatchObject({ holdId: '2.0' });
    expect((await fresh().inspect()).standings[0]).toMatchObject({ held: 1 });
  });

  test('a second instance of the actor that wrote first makes this one give up, and nobody hangs', async () => {
    await actor.configure(account(id));
    await runInDurableObject(actor, (_, { storage }) => {
      storage.sql.exec(`INSERT INTO journal (seq, at, events) VALUES (2, 1, '[1]')`);
    });
    const lost = await Promise.allSettled(['a', 'b', 'c'].map(async (name) => actor.admit(admitRequest(name))));
    expect(lost.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    // It gives up a moment after it has told them. Whoever comes before that is told the same, and asks again.
    const reply = await vi.waitFor(async () => fresh().admit(admitRequest('a')), 10_000);
    expect(granted(reply).holdId).toBe('3.0');
  });

  test('an actor that finds a format it does not know answers nobody, and forgets nothing', async () => {
    await actor.configure(account(id));
    await runInDurableObject(actor, (_, { storage }) => {
      storage.sql.exec(`INSERT INTO journal (seq, at, events) VALUES (2, 1, '[99,{}]')`);
    });
    await evictDurableObject(actor);
    const answers = await Promise.allSettled([fresh().inspect(), fresh().admit(admitRequest('a'))]);
    const reason = { message: expect.stringMatching(/format/) };
    for (const answer of answers) expect(answer).toMatchObject({ status: 'rejected', reason });
  });

  test('it wakes from its checkpoint and what follows', async () => {
    await actor.configure(account(id, { limits: [{ metric: 'tokens', per: 'total', max: 1e9 }] }));
    for (let call = 0; call < checkpointEveryRows / 2 + 3; call += 1) {
      const { holdId } = granted(await actor.admit(admitRequest(`call-${call}`)));
      void actor.settle(settleRequest(holdId, 7));
    }
    await evictDurableObject(actor);
    const { standings } = await fresh().inspect();
    expect(standings[0]?.posted).toBe(7 * (checkpointEveryRows / 2 + 3));
    expect(await fresh().admit(admitRequest('call-1'))).toEqual({ kind: 'ended' });
  });
});

describe('group commit', () => {
  test('at sixty-four concurrent calls, one costs less than a fifth of a row', async () => {
    await actor.configure(account(id));
    const rounds = 12;
    const client = async (name: string): Promise<void> => {
      for (let round = 0; round < rounds; round += 1) {
        const { holdId } = granted(await actor.admit(admitRequest(`${name}-${round}`)));
        await actor.settle(settleRequest(holdId, 1));
      }
    };
    let rows = Infinity;
    // Where the machine has other things to do, they are not concurrent for once.
    for (let tried = 0; tried < 5 && rows > 0.2 * 64 * rounds; tried += 1) {
      const before = await journalRows(fresh());
      await Promise.all(Array.from({ length: 64 }, async (_, number) => client(`call-${tried}-${number}`)));
      rows = (await journalRows(fresh())) - before;
    }
    expect(rows).toBeLessThanOrEqual(0.2 * 64 * rounds);
  });

  test('a lone call writes two rows', async () => {
    await actor.configure(account(id));
    const warm = granted(await actor.admit(admitRequest('warm')));
    await actor.settle(settleRequest(warm.holdId, 1));
    const before = await journalRows(fresh());
    const { holdId } = granted(await actor.admit(admitRequest('lone')));
    await actor.settle(settleRequest(holdId, 1));
    expect((await journalRows(fresh())) - before).toBe(2);
  });
});

describe('concurrency', () => {
  test('of a hundred concurrent first requests of a new account, only as many pass as its limit allows', async () => {
    await actor.configure(account(id, { limits: [{ metric: 'concurrency', max: 7 }] }));
    await evictDurableObject(actor);
    const replies = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => fresh().admit(admitRequest(`n-${n}`))),
    );
    expect(replies.filter(({ kind }) => kind === 'granted')).toHaveLength(7);
    expect(replies.filter(({ kind }) => kind === 'refused')).toHaveLength(93);
  });

  test('with waitMs, who waits for a slot gets it when it is free, first come first served', async () => {
    await actor.configure(account(id, { waitMs: 60_000, limits: [{ metric: 'concurrency', max: 1 }] }));
    const order: string[] = [];
    const run = async (name: string): Promise<void> => {
      const { holdId } = granted(await fresh().admit(admitRequest(name)));
      order.push(name);
      await fresh().settle(settleRequest(holdId, 1));
    };
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map(run));
    expect(order).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('whoever waits longer than waitMs is refused', async () => {
    await actor.configure(account(id, { waitMs: 20, limits: [{ metric: 'concurrency', max: 1 }] }));
    granted(await actor.admit(admitRequest('a')));
    expect(await actor.admit(admitRequest('b'))).toMatchObject({
      kind: 'refused',
      refusal: { comeBack: { kind: 'holds' } },
    });
  });
});

describe('leases', () => {
  test('a hold that nobody renews is charged in full by the alarm, and corrected when the truth comes late', async () => {
    await actor.configure(account(id, { limits: [{ metric: 'usd', per: 'total', max: '1' }] }));
    const { holdId } = granted(await actor.admit(admitRequest('gone')));
    const doubts = new HeldDoubts();
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + leaseMs - doubtMs);
    expect(await runDurableObjectAlarm(actor)).toBe(true);
    expect(doubts.begun).toBe(1);
    vi.setSystemTime(Date.now() + doubtMs);
    expect((await actor.inspect()).standings[0]).toMatchObject({ posted: 0, held: 110_000 });
    doubts.pass();
    await eventually(async () => (await actor.inspect()).standings[0]?.held === 0);
    expect((await actor.inspect()).standings[0]).toMatchObject({ posted: 110_000, held: 0 });
    expect(await actor.settle(settleRequest(holdId, 30))).toEqual({ kind: 'settled', breach: false, corrected: true });
    expect((await actor.inspect()).standings[0]).toMatchObject({ posted: 30_000, held: 0 });
    expect(await actor.settle(settleRequest(holdId, 30))).toEqual({ kind: 'ended' });
  });

  test('a renewed hold outlives its first lease, and an ended one is reported lost', async () => {
    await actor.configure(account(id));
    const kept = granted(await actor.admit(admitRequest('kept')));
    const ended = granted(await actor.admit(admitRequest('ended')));
    await actor.settle(settleRequest(ended.holdId, 1));
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + leaseMs / 2);
    expect(await actor.renew({ holdIds: [kept.holdId, ended.holdId] })).toEqual({ lost: [ended.holdId] });
    vi.setSystemTime(Date.now() + leaseMs / 2 + 1);
    await runDurableObjectAlarm(actor);
    expect(await actor.renew({ holdIds: [kept.holdId] })).toEqual({ lost: [] });
  });
});

describe('policy', () => {
  test('a call planned with another policy is told the current one, and takes nothing', async () => {
    await actor.configure(account(id, { limits: [{ metric: 'requests', per: 'total', max: 1 }] }, 3));
    const reply = await actor.admit(admitRequest('a', { version: 2 }));
    expect(reply).toMatchObject({ kind: 'stale', account: { version: 3, policy: { limits: [{ max: 1 }] } } });
    expect((await actor.inspect()).standings[0]).toMatchObject({ posted: 0, held: 0 });
  });

  test('an older policy does not take the place of a newer one', async () => {
    await actor.configure(account(id, { status: 'revoked' }, 2));
    expect(await actor.configure(account(id, {}, 1))).toEqual({ kind: 'older', version: 2, isSame: false });
    expect(await actor.admit(admitRequest('a', { version: 2 }))).toEqual({ kind: 'denied', reason: 'revoked' });
  });

  test.each([
    ['revoked', { status: 'revoked' }],
    ['suspended', { status: 'suspended' }],
    ['expired', { expiresAt: '2020-01-01T00:00:00Z' }],
  ] as const)('a key that is %s is denied, also with the right secret', async (reason, policy) => {
    await actor.configure(account(id, policy));
    expect(await actor.admit(admitRequest('a'))).toEqual({ kind: 'denied', reason });
    expect(await actor.usage({ secretHash })).toEqual({ kind: 'denied', reason });
  });

  test('another secret is denied', async () => {
    await actor.configure(account(id));
    const request = { ...admitRequest('a'), secretHash: 'b'.repeat(64) };
    expect(await actor.admit(request)).toEqual({ kind: 'denied', reason: 'unknown' });
  });

  test('limits of the plan are taken from the newest catalog that was shown', async () => {
    await actor.configure(account(id, { plan: 'free' }));
    const limits = [{ metric: 'requests', window: { kind: 'total' }, max: 1 }] as const;
    const request = admitRequest('a');
    const shown = await actor.admit({ ...request, plan: { catalogVersion: 5, limits } });
    expect(shown).toMatchObject({ kind: 'stale', account: { planVersion: 5, limits } });
    expect(granted(await actor.admit({ ...request, planVersion: 5 })).standings).toHaveLength(1);
    const older = { ...admitRequest('b'), planVersion: 5, plan: { catalogVersion: 4, limits: [] } };
    expect(await actor.admit(older)).toMatchObject({ kind: 'refused' });
  });
});

describe('records', () => {
  test('the record of a call says what it used and cost, before and after a restart', async () => {
    await actor.configure(account(id));
    const requestId = newRequestId(Date.now());
    const { holdId } = granted(await actor.admit(admitRequest(requestId)));
    expect(await actor.record({ secretHash, requestId, namedAtMs: Date.now() })).toEqual({ kind: 'none' });
    await actor.settle(settleRequest(holdId, 30));
    const found = await actor.record({ secretHash, requestId, namedAtMs: Date.now() });
    expect(found).toMatchObject({
      kind: 'record',
      record: { requestId, tokens: 30, costNanoUsd: 30_000, heldNanoUsd: 110_000, outputCap: 100, breach: false },
    });
    await evictDurableObject(actor);
    expect(await fresh().record({ secretHash, requestId, namedAtMs: Date.now() })).toEqual(found);
  });

  test('a settlement above its hold is recorded as a breach', async () => {
    await actor.configure(account(id));
    const requestId = newRequestId(Date.now());
    const { holdId } = granted(await actor.admit(admitRequest(requestId)));
    expect(await actor.settle(settleRequest(holdId, 500))).toEqual({ kind: 'settled', breach: true, corrected: false });
    expect(await actor.record({ secretHash, requestId, namedAtMs: Date.now() })).toMatchObject({
      record: { breach: true, tokens: 500 },
    });
  });
});

test('an alarm that can not do its work is set again, so that no lease waits for somebody to call', async () => {
  await actor.configure(account(id));
  granted(await actor.admit(admitRequest('gone')));
  await runInDurableObject(actor, (_, { storage }) => {
    storage.sql.exec(`INSERT INTO journal (seq, at, events) VALUES (3, 1, '[1]')`);
  });
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + leaseMs + 1);
  expect(await runDurableObjectAlarm(actor)).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await runInDurableObject(fresh(), async (_, { storage }) => storage.getAlarm())).toBeGreaterThan(Date.now());
});
