// A runtime of its own: it counts all doubts that begin in it.

import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { callMsMax, leaseMs, renewEveryMs, writtenLeaseMs } from '../../../src/limits.ts';
import { doubtMs } from '../../../src/core/account/doubt.ts';
import type { Policy } from '../../../src/core/account/policy.ts';
import type { AdmitRequest } from '../../../src/core/account/protocol.ts';
import type { TenantActor } from '../../../src/actors/tenant/tenant-actor.ts';
import { account, admitRequest, settleRequest } from '../../support/account.ts';
import { granted, journalRows } from '../../support/actor.ts';
import { HeldDoubts } from '../../support/doubts.ts';
import { kill } from '../../support/gateway-faults.ts';
import { eventually } from '../../support/gateway.ts';

/** Goal: however an actor sleeps and wakes, no hold of a vanished owner outlasts two leases, and no owner loses its hold. */

let accounts = 0;
let id: string;
let actor: DurableObjectStub<TenantActor>;

/** A stub that has seen its actor die is of no more use. */
const fresh = (): DurableObjectStub<TenantActor> => env.TENANT.getByName(id);

const oneAtATime: Policy = { limits: [{ metric: 'concurrency', max: 1 }] };
const held = async (): Promise<number | undefined> => (await fresh().inspect()).standings[0]?.held;

/** A call with an idempotency key, always the same. */
const keyedRequest = (name: string): AdmitRequest => ({
  ...admitRequest(name),
  idempotency: { key: 'order-7', bodyHash: 'b'.repeat(64) },
});

beforeEach(() => {
  accounts += 1;
  id = `k_sleeping_${accounts}`;
  actor = fresh();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('an actor that wakes gives each open hold a fresh lease', async () => {
  await actor.configure(account(id));
  const { holdId } = granted(await actor.admit(admitRequest('long')));
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + leaseMs + 1);
  await evictDurableObject(actor);
  expect(await fresh().renew({ holdIds: [holdId] })).toEqual({ lost: [] });
});

test('an actor that sleeps and wakes gives one fresh lease and no more, and its own alarm ends the hold', async () => {
  await actor.configure(account(id, oneAtATime));
  const doubts = new HeldDoubts();
  vi.useFakeTimers({ toFake: ['Date'] });
  const admittedMs = Date.now();
  granted(await actor.admit(keyedRequest('gone')));
  // Whatever wakes it: a read, a call that is refused, a repeat by its key, or its alarm.
  for (const wake of [
    async () => expect((await fresh().inspect()).standings[0]).toMatchObject({ held: 1 }),
    async () => expect(await fresh().admit(admitRequest('b'))).toMatchObject({ kind: 'refused' }),
    async () => expect(await fresh().admit(keyedRequest('again'))).toMatchObject({ problem: 'in_progress' }),
    async () => expect(await runDurableObjectAlarm(fresh())).toBe(true),
  ]) {
    vi.setSystemTime(Date.now() + (writtenLeaseMs - doubtMs) / 4 - 1);
    await evictDurableObject(fresh());
    await wake();
  }
  expect(doubts.begun).toBe(0);
  await evictDurableObject(fresh());
  vi.setSystemTime(admittedMs + writtenLeaseMs - doubtMs);
  expect(await runDurableObjectAlarm(fresh())).toBe(true);
  vi.setSystemTime(admittedMs + writtenLeaseMs);
  expect(await held()).toBe(1);
  doubts.pass();
  await eventually(async () => (await held()) === 0);
  expect(await fresh().admit(keyedRequest('again'))).toMatchObject({ problem: 'unreplayable' });
});

test('a call finds the room of a hold whose lease ended while nobody was awake, once its owner could have renewed it', async () => {
  await actor.configure(account(id, oneAtATime));
  granted(await actor.admit(admitRequest('gone')));
  const doubts = new HeldDoubts();
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + 2 * writtenLeaseMs);
  await evictDurableObject(actor);
  expect(await fresh().admit(admitRequest('early'))).toMatchObject({ kind: 'refused' });
  doubts.pass();
  await eventually(async () => (await held()) === 0);
  granted(await fresh().admit(admitRequest('next')));
});

test('who only looks at an account that has slept begins to doubt its leases too', async () => {
  await actor.configure(account(id, oneAtATime));
  granted(await actor.admit(admitRequest('gone')));
  const doubts = new HeldDoubts();
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + leaseMs - doubtMs);
  expect(await held()).toBe(1);
  expect(doubts.begun).toBe(1);
});

describe.each([600_000, 86_400_000])('when the clock is set ahead by %d ms', (byMs) => {
  const ahead = (): void => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + byMs);
  };

  test.each([false, true])(
    'the slot of a call whose router renews is not given away, also if its actor dies between all renewals (%s)',
    async (dies) => {
      const doubts = new HeldDoubts();
      await actor.configure(account(id, oneAtATime));
      const { holdId } = granted(await actor.admit(admitRequest('long')));
      ahead();
      for (let renewals = 0; renewals < 5; renewals += 1) {
        if (dies) await kill(id);
        expect(await fresh().admit(admitRequest('other'))).toMatchObject({ kind: 'refused' });
        await runDurableObjectAlarm(fresh());
        expect(await fresh().renew({ holdIds: [holdId] })).toEqual({ lost: [] });
        vi.setSystemTime(Date.now() + renewEveryMs);
      }
      doubts.pass();
      expect(doubts.begun).toBeGreaterThan(0);
      expect(await fresh().settle(settleRequest(holdId, 30))).toMatchObject({ kind: 'settled', corrected: false });
      granted(await fresh().admit(admitRequest('next')));
    },
  );

  test('that of a router that is gone is free after the time in which it would have renewed, and no later when the actor dies', async () => {
    const doubts = new HeldDoubts();
    await actor.configure(account(id, oneAtATime));
    granted(await actor.admit(admitRequest('gone')));
    ahead();
    const jumpedMs = Date.now();
    for (let passedMs = 0; passedMs < doubtMs; passedMs += doubtMs / 9) {
      vi.setSystemTime(jumpedMs + passedMs);
      await kill(id);
      expect(await fresh().admit(admitRequest('early'))).toMatchObject({ kind: 'refused' });
    }
    vi.setSystemTime(jumpedMs + doubtMs);
    await kill(id);
    granted(await fresh().admit(admitRequest('next')));
    expect(doubts.begun).toBe(1);
  });
});

test('a call whose actor sleeps between all its renewals keeps its hold for an hour, and a row is written in two minutes', async () => {
  await actor.configure(account(id));
  vi.useFakeTimers({ toFake: ['Date'] });
  const { holdId } = granted(await actor.admit(admitRequest('long')));
  const before = await journalRows(fresh());
  for (let passedMs = 0; passedMs < callMsMax; passedMs += renewEveryMs) {
    await evictDurableObject(fresh());
    vi.setSystemTime(Date.now() + renewEveryMs);
    expect(await fresh().renew({ holdIds: [holdId] })).toEqual({ lost: [] });
    if (passedMs % leaseMs === 0) await runDurableObjectAlarm(fresh());
  }
  expect((await journalRows(fresh())) - before).toBeLessThanOrEqual(callMsMax / leaseMs);
});

test('a call of less than two minutes writes nothing when it is renewed', async () => {
  await actor.configure(account(id));
  vi.useFakeTimers({ toFake: ['Date'] });
  const { holdId } = granted(await actor.admit(admitRequest('short')));
  const before = await journalRows(fresh());
  for (let passedMs = renewEveryMs; passedMs < leaseMs; passedMs += renewEveryMs) {
    vi.setSystemTime(Date.now() + renewEveryMs);
    await actor.renew({ holdIds: [holdId] });
  }
  expect(await journalRows(fresh())).toBe(before);
});
