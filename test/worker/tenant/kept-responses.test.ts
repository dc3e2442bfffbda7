// Sets the clock.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { newRequestId } from '../../../src/http/request-id.ts';
import { settleWaitMs } from '../../../src/limits.ts';
import type { KeptResponse } from '../../../src/core/account/kept-response.ts';
import type { Policy } from '../../../src/core/account/policy.ts';
import type { ResolveReply, ResolveRequest, SettleReply } from '../../../src/core/account/protocol.ts';
import {
  keptItemIdsBytesMax,
  keptResponseBytesMax,
  resolvedBytesMax,
  responsePruneSlackMs,
} from '../../../src/core/account/response-limits.ts';
import { sizeOf, turnSizeOf } from '../../../src/core/account/kept-response.ts';
import type { TenantActor } from '../../../src/actors/tenant/tenant-actor.ts';
import { account, admitRequest, secretHash, settleRequest } from '../../support/account.ts';
import { granted, journalRows } from '../../support/actor.ts';
import { baseOf, keptResponse, responseId, turn, turnOf } from '../../support/kept-response.ts';

/** Goal: what is promised of kept responses holds on the disk that actors really have. */

const hourMs = 3_600_000;

let accounts = 0;
let id: string;
let version: number;

const actor = (): DurableObjectStub<TenantActor> => env.TENANT.getByName(id);

async function configure(policy: Policy): Promise<void> {
  version += 1;
  expect(await actor().configure(account(id, policy, version))).toEqual({ kind: 'configured' });
}

beforeEach(async () => {
  accounts += 1;
  id = `k_kept_responses_${accounts}`;
  version = 0;
  await configure({});
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function hold(): Promise<string> {
  return granted(await actor().admit(admitRequest(newRequestId(Date.now()), { version }))).holdId;
}

async function keep(response: KeptResponse): Promise<SettleReply> {
  return actor().settle({ ...settleRequest(await hold(), 30), response });
}

async function resolve(request: Partial<ResolveRequest>): Promise<ResolveReply> {
  const reply = await actor().resolve({ secretHash, name: 'call', itemIds: [], ...request });
  if (reply.kind === 'denied') throw new Error(`denied: ${reply.reason}`);
  return reply;
}

function resolved(...responses: readonly KeptResponse[]): ResolveReply {
  return { kind: 'resolved', turns: responses.map(turnOf), missing: [] };
}

/** The ids and parts of the rows on disk. */
const rows = async (): Promise<string[]> =>
  runInDurableObject(actor(), (_, { storage }) => {
    const query = "SELECT id || ' ' || part AS row FROM response ORDER BY id, part";
    return storage.sql
      .exec<{ row: string }>(query)
      .toArray()
      .map(({ row }) => row);
  });

const row = (number: number, part = 0): string => `${responseId(number)} ${part}`;

describe('a response', () => {
  test('is kept to the character with its settlement, and is there after an eviction', async () => {
    const first = keptResponse(1, {
      input: '[{"role":"user","content":"Grüße, \u{1f600}"}]',
      itemIds: ['a b', 'ü"\\'],
    });
    const second = keptResponse(2, { baseId: first.id, itemIds: [] });
    for (const response of [first, second]) {
      expect(await keep(response)).toEqual({ kind: 'settled', breach: false, corrected: false, kept: true });
    }
    await evictDurableObject(actor());
    expect(await resolve({ responseId: second.id })).toEqual(resolved(first, second));
    expect(await resolve({ itemIds: ['a b', 'ü"\\'] })).toEqual(resolved(first));
    expect(await actor().keptTurns({ secretHash, id: second.id })).toEqual({
      kind: 'kept',
      turns: [first, second].map(turnOf),
    });
    expect(await actor().keptResponse({ secretHash, id: second.id })).toEqual({ kind: 'kept', response: second });
  });

  test('that is larger than a row may be is kept in several, and forgotten with all of them', async () => {
    // Of three bytes each, so that a row ends within one.
    const large = keptResponse(1, { input: 'x', output: '€'.repeat(700_000), rest: 'ß'.repeat(1_200_001) });
    await keep(large);
    await keep(keptResponse(2));
    expect(await rows()).toEqual([row(1), row(1, 1), row(1, 2), row(2)]);
    await evictDurableObject(actor());
    expect(await resolve({ responseId: large.id, itemIds: keptResponse(2).itemIds })).toMatchObject({
      turns: expect.arrayContaining([turnOf(large)]),
    });
    expect(await actor().keptResponse({ secretHash, id: large.id })).toEqual({ kind: 'kept', response: large });
    expect(await actor().forgetResponse({ secretHash, id: large.id })).toEqual({ kind: 'forgotten' });
    expect(await rows()).toEqual([row(2)]);
    await evictDurableObject(actor());
    expect(await actor().keptResponse({ secretHash, id: large.id })).toEqual({ kind: 'none' });
    expect(await actor().forgetResponse({ secretHash, id: large.id })).toEqual({ kind: 'none' });
  });

  test('fits into its rows, however full the first of them is', async () => {
    // In quotes and brackets.
    const itemIds = ['x'.repeat(keptItemIdsBytesMax - 4)];
    const full = keptResponse(1, { input: '', output: 'y'.repeat(1_700_000), rest: 'z'.repeat(1_700_000), itemIds });
    expect(await keep(full)).toMatchObject({ kept: true });
    expect(await rows()).toEqual([row(1), row(1, 1)]);
    const largest = await runInDurableObject(actor(), (_, { storage }) => {
      const query = 'SELECT max(length(said) + length(rest) + length(item_ids)) AS bytes FROM response';
      return storage.sql.exec<{ bytes: number }>(query).one().bytes;
    });
    // The platform says two million; the runtime of these tests takes more.
    expect(largest).toBeLessThan(1_990_000);
    await evictDurableObject(actor());
    expect(await actor().keptResponse({ secretHash, id: full.id })).toEqual({ kind: 'kept', response: full });
  });

  test('of the largest size fits into a message, and so does the largest conversation, whatever its characters', async () => {
    // One character beyond Latin makes all of a text take two bytes each on the way.
    const sized = (number: number, bytes: number, baseId?: string): KeptResponse => {
      const response = keptResponse(number, { ...(baseId === undefined ? {} : { baseId }), output: '€', rest: '' });
      return { ...response, output: `€${'x'.repeat(bytes - sizeOf(response))}` };
    };
    const first = sized(1, keptResponseBytesMax);
    const second = sized(2, resolvedBytesMax - keptResponseBytesMax, first.id);
    expect(await keep(first)).toMatchObject({ kept: true });
    expect(await keep(second)).toMatchObject({ kept: true });
    const reply = await resolve({ responseId: second.id });
    expect(reply.kind === 'resolved' && reply.turns.map(turnSizeOf)).toEqual([sizeOf(first), sizeOf(second)]);
    expect(await keep(keptResponse(3, { baseId: second.id }))).toMatchObject({ kept: true });
    expect(await resolve({ responseId: responseId(3) })).toEqual({ kind: 'too-large' });
  });

  test('is seen by whoever asks next, also where its settlement came together with others', async () => {
    const holds = [await hold(), await hold(), await hold()];
    const settled = holds.map(async (holdId, number) =>
      actor().settle({ ...settleRequest(holdId, 30), response: turn(number + 1) }),
    );
    expect(await resolve({ responseId: responseId(3) })).toEqual(resolved(turn(1), turn(2), turn(3)));
    expect(await Promise.all(settled)).toMatchObject([{ kept: true }, { kept: true }, { kept: true }]);
  });

  test('has its settlement written at once, which else may wait for company', async () => {
    const holds = [await hold(), await hold(), await hold()];
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const waits = (): boolean => timers.mock.calls.some(([, delayMs]) => delayMs === settleWaitMs);
    await actor().settle({ ...settleRequest(holds[0] ?? '', 30), response: keptResponse(1) });
    expect(waits()).toBe(false);
    await actor().settle(settleRequest(holds[1] ?? '', 30));
    expect(waits()).toBe(true);
  });

  test('is erased with its account, and where a policy forbids to keep any', async () => {
    await keep(turn(1));
    await keep(turn(2));
    await configure({ responses: { store: false } });
    expect(await rows()).toEqual([]);
    expect(await keep(keptResponse(3))).toMatchObject({ kind: 'settled', kept: false });
    await configure({});
    await keep(keptResponse(4));
    expect(await rows()).toEqual([row(4)]);
    await configure({ status: 'revoked' });
    expect(await rows()).toEqual([]);
  });
});

describe('with time', () => {
  let start: number;
  const pass = (ms: number): void => void vi.setSystemTime(Date.now() + ms);
  beforeEach(() => {
    start = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: start });
  });

  test('a conversation that goes on for days is kept by the alarm, and one that has ended is not', async () => {
    await keep(keptResponse(1));
    await keep(keptResponse(2, { itemIds: ['ended'] }));
    for (let day = 1; day <= 3; day += 1) {
      pass(24 * hourMs - 1);
      await keep(keptResponse(10 + day, { baseId: day === 1 ? responseId(1) : responseId(9 + day) }));
    }
    pass(responsePruneSlackMs);
    expect(await runDurableObjectAlarm(actor())).toBe(true);
    expect(await rows()).toEqual([row(1), row(11), row(12), row(13)]);
    expect(await resolve({ responseId: responseId(13) })).toMatchObject({ missing: [] });
    // Nobody calls any more, and the alarm alone sees to it.
    await evictDurableObject(actor());
    pass(24 * hourMs);
    while ((await rows()).length > 0) {
      expect(await runDurableObjectAlarm(actor())).toBe(true);
      pass(1);
    }
  });

  test('it is woken for those that are too old, also where a policy makes them so', async () => {
    await configure({ responses: { hours: 720 } });
    await keep(keptResponse(1));
    const alarmMs = async (): Promise<number | null> =>
      runInDurableObject(actor(), async (_, { storage }) => storage.getAlarm());
    await configure({ responses: { hours: 3 } });
    expect(await alarmMs()).toBe(start + 3 * hourMs + responsePruneSlackMs);
    await keep(keptResponse(2));
    pass(hourMs);
    await keep(keptResponse(3, { baseId: responseId(2) }));
    await actor().forgetResponse({ secretHash, id: responseId(1) });
    await evictDurableObject(actor());
    await runDurableObjectAlarm(actor());
    expect(await alarmMs()).toBe(start + 4 * hourMs + responsePruneSlackMs);
    await actor().forgetResponse({ secretHash, id: responseId(3) });
    expect(await alarmMs()).toBe(start + 3 * hourMs + responsePruneSlackMs);
  });
});

describe('what an account keeps', () => {
  test('is looked up without writing anything, or setting an alarm', async () => {
    await keep(keptResponse(1));
    const { setAlarm, before } = await runInDurableObject(actor(), (_, { storage }) => ({
      setAlarm: vi.spyOn(Object.getPrototypeOf(storage) as DurableObjectStorage, 'setAlarm'),
      before: storage.sql.databaseSize,
    }));
    const journal = await journalRows(actor());
    await resolve({ responseId: responseId(1), itemIds: [`msg_${baseOf(1)}_in0`, 'unknown'] });
    await actor().keptTurns({ secretHash, id: responseId(1) });
    await actor().keptResponse({ secretHash, id: responseId(1) });
    expect(await journalRows(actor())).toBe(journal);
    expect(setAlarm).not.toHaveBeenCalled();
    expect(await runInDurableObject(actor(), (_, { storage }) => storage.sql.databaseSize)).toBe(before);
  });
});
