import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Command, CommandOutcome, CommandReply } from '../../../src/core/account/exchange.ts';
import {
  AccountLane,
  type Sender,
  type Sent,
  laneOf,
  lanesMax,
  ledMsMax,
  leftBehindMs,
} from '../../../src/gateway/request/account-lane.ts';
import { aloneMs, exchangeCommandsMax, gatherMs, tripMsMax, tripsMax } from '../../../src/limits.ts';
import type { Env } from '../../../src/env.ts';
import { admitRequest, settleRequest } from '../../support/account.ts';

/** One trip: the names of what went along, and how it ends. */
interface Trip {
  readonly names: readonly string[];
  readonly isAlone: boolean;
  /** Answers each command with its own name. */
  arrive(): Promise<void>;
  fail(error: Error): Promise<void>;
}

let lane: AccountLane;
let trips: Trip[];
/** Whether the clients of all requests are still there. */
let isThere: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  lane = new AccountLane();
  trips = [];
  isThere = true;
});
afterEach(() => {
  vi.useRealTimers();
});

const nameOf = (command: Command): string =>
  command.method === 'admit' ? command.request.call.name : command.method === 'settle' ? command.request.holdId : '';
/** Of a fake account, whose answers say to what they are one. */
const answerTo = (name: string): CommandReply => ({ kind: 'ended', name }) as CommandReply;
const admit = (name: string): Command => ({ method: 'admit', request: admitRequest(name) });
const settle = (name: string): Command => ({ method: 'settle', request: settleRequest(name, 1) });

/** A request. One that has vanished has no timers any more, and its trips never come back. */
function sender(): Sender {
  const after: Sender['after'] = (ms, fire) => void setTimeout(fire, ms);
  const trip = async <T>(
    commands: readonly Command[],
    isAlone: boolean,
    answer: (names: string[]) => T,
  ): Promise<T> => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const names = commands.map(nameOf);
    const settled = async (): Promise<void> => void (await vi.advanceTimersByTimeAsync(0));
    trips.push({
      names,
      isAlone,
      arrive: async () => (resolve(answer(names)), settled()),
      fail: async (error) => (reject(error), settled()),
    });
    return promise;
  };
  const alone: Sender['alone'] = async (command) => trip([command], true, ([name = '']) => answerTo(name));
  return {
    after,
    alone,
    again: alone,
    isThere: () => isThere,
    together: async (commands) =>
      trip(commands, false, (names): CommandOutcome[] =>
        names.map((name) => (name === 'bad' ? { failed: 'Error: wrong' } : { reply: answerTo(name) })),
      ),
  };
}

function send(command: Command, isUrgent = false): Sent<CommandReply> {
  const sent = lane.send(command, sender(), isUrgent);
  sent.reply.catch(() => undefined);
  return sent;
}

const underWay = (): readonly (readonly string[])[] => trips.map(({ names }) => names);
const said = async ({ reply }: Sent<CommandReply>): Promise<unknown> => reply;

describe('a command', () => {
  test('that finds nothing under way sets out at once, by a method of its own', async () => {
    const sent = send(admit('one'));
    expect(sent.departed).toBeUndefined();
    expect(trips).toMatchObject([{ names: ['one'], isAlone: true }]);
    await trips[0]?.arrive();
    expect(await said(sent)).toEqual(answerTo('one'));
  });

  test('that finds another under way goes with all that came meanwhile, in their order, when that is back', async () => {
    send(admit('one'));
    const sent = [send(admit('two')), send(settle('three')), send(admit('four'))];
    expect(underWay()).toEqual([['one']]);
    await trips[0]?.arrive();
    expect(trips[1]).toMatchObject({ names: ['two', 'three', 'four'], isAlone: false });
    await Promise.all(sent.map(async ({ departed }) => departed));
    await trips[1]?.arrive();
    expect(await Promise.all(sent.map(said))).toEqual(['two', 'three', 'four'].map(answerTo));
  });

  test('waits no longer than the time to gather, while there is room for trips', async () => {
    send(admit('one'));
    for (let trip = 1; trip < tripsMax; trip += 1) {
      send(admit(`first of ${trip}`));
      await vi.advanceTimersByTimeAsync(gatherMs - 1);
      send(admit(`second of ${trip}`));
      expect(trips).toHaveLength(trip);
      await vi.advanceTimersByTimeAsync(1);
      expect(trips[trip]?.names).toEqual([`first of ${trip}`, `second of ${trip}`]);
    }
    send(admit('last'));
    await vi.advanceTimersByTimeAsync(10 * gatherMs);
    expect(trips).toHaveLength(tripsMax);
    await trips[2]?.arrive();
    expect(trips.at(-1)?.names).toEqual(['last']);
  });

  test('that fills the trip sets out at once with it', () => {
    send(admit('one'));
    for (let place = 0; place < exchangeCommandsMax; place += 1) send(admit(`with ${place}`));
    expect(trips.map(({ names }) => names.length)).toEqual([1, exchangeCommandsMax]);
  });

  test('that is urgent sets out at once, and takes along all that wait', () => {
    send(admit('one'));
    send(admit('two'));
    expect(send(settle('three'), true).departed).toBeUndefined();
    expect(underWay()).toEqual([['one'], ['two', 'three']]);
    expect(send(settle('four'), true).departed).toBeUndefined();
    expect(underWay()).toEqual([['one'], ['two', 'three'], ['four']]);
  });
});

describe('a settlement that sets out alone', () => {
  test('is waited for by no admit', () => {
    send(settle('one'));
    send(admit('two'));
    expect(trips).toMatchObject([
      { names: ['one'], isAlone: true },
      { names: ['two'], isAlone: true },
    ]);
  });

  test('has the next ones gather that come soon, and an admit takes those along', async () => {
    send(settle('one'));
    const sent = [send(settle('two')), send(settle('three'))];
    expect(underWay()).toEqual([['one']]);
    send(admit('four'));
    expect(underWay()).toEqual([['one'], ['two', 'three', 'four']]);
    await Promise.all(sent.map(async ({ departed }) => departed));
  });

  test('has them gather for no longer than the time to gather', async () => {
    send(settle('one'));
    const { departed } = send(settle('two'));
    await vi.advanceTimersByTimeAsync(gatherMs);
    expect(underWay()).toEqual([['one'], ['two']]);
    await departed;
    await vi.advanceTimersByTimeAsync(gatherMs);
    await trips[1]?.arrive();
    expect(send(settle('three')).departed).toBeUndefined();
  });
});

describe('nobody is left behind', () => {
  test('by a command that fails: the others of its trip are answered', async () => {
    send(admit('one'));
    const [good, bad] = [send(admit('two')), send(admit('bad'))];
    await trips[0]?.arrive();
    await trips[1]?.arrive();
    expect(await said(good)).toEqual(answerTo('two'));
    await expect(bad.reply).rejects.toThrow('wrong');
  });

  test('by a trip that fails: each is told, and can ask again', async () => {
    send(admit('one'));
    const lost = [send(admit('two')), send(admit('three'))];
    await trips[0]?.arrive();
    await trips[1]?.fail(new Error('connection lost'));
    for (const { reply } of lost) await expect(reply).rejects.toThrow('connection lost');
    send(admit('two'));
    expect(trips[2]).toMatchObject({ names: ['two'], isAlone: true });
  });

  test('by a trip that never comes back: it counts no more after a while', async () => {
    send(admit('one'));
    await vi.advanceTimersByTimeAsync(tripMsMax);
    send(admit('two'));
    expect(trips[1]).toMatchObject({ names: ['two'], isAlone: true });
  });

  test('by a trip whose leader is gone: whoever travels along asks by itself after a while', async () => {
    send(admit('one'));
    const led = [send(admit('two')), send(settle('three'))];
    await trips[0]?.arrive();
    expect(trips[1]?.names).toEqual(['two', 'three']);
    await vi.advanceTimersByTimeAsync(2 * (leftBehindMs + ledMsMax));
    // The account may only be slow, and repeats would make it slower.
    expect(trips).toHaveLength(2);
    isThere = false;
    await vi.advanceTimersByTimeAsync(leftBehindMs + ledMsMax);
    expect(trips.slice(2)).toMatchObject([
      { names: ['two'], isAlone: true },
      { names: ['three'], isAlone: true },
    ]);
    await trips[2]?.arrive();
    await trips[3]?.arrive();
    expect(await Promise.all(led.map(said))).toEqual(['two', 'three'].map(answerTo));
  });

  test('by whoever withdraws, and is taken along no more', async () => {
    send(admit('one'));
    send(admit('two')).withdraw?.();
    const three = send(admit('three'));
    await trips[0]?.arrive();
    expect(trips[1]).toMatchObject({ names: ['three'], isAlone: true });
    await trips[1]?.arrive();
    expect(await said(three)).toEqual(answerTo('three'));
  });

  test('by trips that never come back, where there is no room for more', async () => {
    for (let trip = 0; trip < tripsMax; trip += 1) {
      send(admit(`lost ${trip}`));
      await vi.advanceTimersByTimeAsync(gatherMs);
    }
    send(admit('one'));
    send(admit('two'));
    await vi.advanceTimersByTimeAsync(leftBehindMs);
    expect(trips.at(-1)?.names).toEqual(['one', 'two']);
  });

  test('by whoever was to take the others along, and the next one, too: each goes by itself in the end', async () => {
    send(admit('one'));
    const gone = { ...sender(), after: () => undefined };
    for (const name of ['two', 'three']) lane.send(admit(name), gone);
    send(admit('four'));
    await vi.advanceTimersByTimeAsync(leftBehindMs);
    expect(trips[1]?.names).toEqual(['two', 'three', 'four']);
  });

  test('by whoever was called and has not set out: the next trip that ends calls another', async () => {
    for (const name of ['one', 'two']) {
      send(admit(name));
      await vi.advanceTimersByTimeAsync(gatherMs);
    }
    const called = [send(admit('three')), send(admit('four'))];
    const first = trips[0]?.arrive();
    const second = trips[1]?.arrive();
    await Promise.all([first, second]);
    expect(trips.slice(2).map(({ names }) => names)).toEqual([['three', 'four']]);
    await trips[2]?.arrive();
    expect(await Promise.all(called.map(said))).toEqual(['three', 'four'].map(answerTo));
  });

  test('by whoever was to take the others along: the next to come does so', async () => {
    send(admit('one'));
    // It vanishes before it can set out: its timers are gone.
    lane.send(admit('two'), { ...sender(), after: () => undefined });
    await vi.advanceTimersByTimeAsync(leftBehindMs);
    expect(trips).toHaveLength(1);
    send(admit('three'));
    expect(trips[1]?.names).toEqual(['two', 'three']);
  });

  test('by an account of an older release, which knows no exchange', async () => {
    send(admit('one'));
    const refused = send(admit('two'));
    await trips[0]?.arrive();
    await trips[1]?.fail(new TypeError('The RPC receiver does not implement the method "exchange".'));
    await expect(refused.reply).rejects.toThrow('exchange');
    for (const name of ['two', 'three', 'four']) send(admit(name));
    expect(trips.slice(2).map(({ isAlone }) => isAlone)).toEqual([true, true, true]);
    await Promise.all(trips.slice(2).map(async (trip) => trip.arrive()));
    await vi.advanceTimersByTimeAsync(aloneMs);
    send(admit('five'));
    send(admit('six'));
    expect(trips).toHaveLength(6);
  });
});

test('an isolate forgets lanes of which it has too many, but none on which anything is under way', async () => {
  // A lane asks its environment for nothing.
  const env = { TENANT: {} } as Env;
  const busy = laneOf(env, 'busy');
  void busy.send(admit('one'), sender()).reply;
  const idle = laneOf(env, 'idle');
  expect([laneOf(env, 'busy'), laneOf(env, 'idle')]).toEqual([busy, idle]);
  for (let account = 0; account < lanesMax; account += 1) laneOf(env, `k_${account}`);
  expect(laneOf(env, 'busy')).toBe(busy);
  expect(laneOf(env, 'idle')).not.toBe(idle);
  await trips[0]?.arrive();
  expect(busy.isIdle).toBe(true);
});
