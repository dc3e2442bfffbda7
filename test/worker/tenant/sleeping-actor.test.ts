import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { callMsMax, leaseMs, renewEveryMs, writtenLeaseMs } from '../../../src/limits.ts';
import type { AdmitRequest } from '../../../src/tenant/protocol.ts';
import type { TenantActor } from '../../../src/tenant/tenant-actor.ts';
import { account, admitRequest } from '../../support/account.ts';
import { granted, journalRows } from '../../support/actor.ts';

/** Goal: however an actor sleeps and wakes, no hold of a vanished owner outlasts two leases, and no owner loses its hold. */

let accounts = 0;
let id: string;
let actor: DurableObjectStub<TenantActor>;

/** A stub that has seen its actor die is of no more use. */
const fresh = (): DurableObjectStub<TenantActor> => env.TENANT.getByName(id);

/** A call with an idempotency key, always the same. */
const keyedRequest = (name: string): AdmitRequest => ({
  ...admitRequest(name),
  idempotency: { key: 'order-7', bodyHash: 'b'.repeat(64) },
});

beforeEach(() => {
  accounts += 1;
  id = `k_${accounts}`;
  actor = fresh();
});
afterEach(() => void vi.useRealTimers());

test('an actor that wakes gives each open hold a fresh lease', async () => {
  await actor.configure(account(id));
  const { holdId } = granted(await actor.admit(admitRequest('long')));
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + leaseMs + 1);
  await evictDurableObject(actor);
  expect(await fresh().renew({ holdIds: [holdId] })).toEqual({ lost: [] });
});

test('an actor that sleeps and wakes gives one fresh lease and no more, and its own alarm ends the hold', async () => {
  await actor.configure(account(id, { limits: [{ metric: 'concurrency', max: 1 }] }));
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
    vi.setSystemTime(Date.now() + writtenLeaseMs / 4 - 1);
    await evictDurableObject(fresh());
    await wake();
  }
  await evictDurableObject(fresh());
  vi.setSystemTime(admittedMs + writtenLeaseMs);
  expect(await runDurableObjectAlarm(fresh())).toBe(true);
  expect((await fresh().inspect()).standings[0]).toMatchObject({ held: 0 });
  expect(await fresh().admit(keyedRequest('again'))).toMatchObject({ problem: 'unreplayable' });
});

test('a call finds the room of a hold whose lease ended while nobody was awake, and so does who only looks', async () => {
  await actor.configure(account(id, { limits: [{ metric: 'concurrency', max: 1 }] }));
  granted(await actor.admit(admitRequest('gone')));
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + writtenLeaseMs);
  await evictDurableObject(actor);
  granted(await fresh().admit(admitRequest('next')));
  vi.setSystemTime(Date.now() + writtenLeaseMs);
  await evictDurableObject(actor);
  expect((await fresh().inspect()).standings[0]).toMatchObject({ held: 0 });
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
