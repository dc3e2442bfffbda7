import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Deliveries } from '../../../../src/actors/tenant/deliveries.ts';
import { executeSettle } from '../../../../src/core/account/execute.ts';
import type { AdmitReply } from '../../../../src/core/account/protocol.ts';
import type { AskReply, AskRequest } from '../../../../src/core/account/uplink/ask.ts';
import { askAnswerMs } from '../../../../src/core/account/uplink/ask-limits.ts';
import { deliverAlarmMs, endAgainMsMin } from '../../../../src/core/account/uplink/delivery-limits.ts';
import type { Delivery, TakeReply } from '../../../../src/core/account/uplink/delivery.ts';
import { executeTake } from '../../../../src/core/account/uplink/below.ts';
import { admitRequest, settleRequest } from '../../../support/account.ts';
import { AskingTree, user } from '../../../support/asking-tree.ts';
import { noon } from '../../../support/ledger.ts';

/** Goal: whoever waits is asked for at once, whoever fails is left alone for a while, and nobody is forgotten. */

const many = [{ metric: 'concurrency' as const, max: 9 }];

beforeEach(() => {
  vi.useFakeTimers({ now: noon });
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

type Answering<Asked, Reply> = (to: string, asked: Asked, answer: () => Promise<Reply>) => Promise<Reply>;

/** The deliveries of a key. What is sent is answered by the accounts above, as the test lets it. */
function spoken(
  tree: AskingTree,
  onAsk: Answering<AskRequest, AskReply> = async (_to, _request, answer) => answer(),
  onTake: Answering<Delivery, TakeReply> = async (_to, _delivery, answer) => answer(),
): Deliveries {
  const take = async (to: string, delivery: Delivery): Promise<TakeReply> => {
    const engine = tree.at(to);
    const taken = engine.submit((row) => executeTake(engine.state, delivery, row));
    engine.flush(Date.now());
    return taken;
  };
  const deliveries: Deliveries = new Deliveries({
    engine: () => tree.key,
    submit: async (command) => {
      const reply = tree.key.submit(command);
      tree.key.flush(Date.now());
      return reply;
    },
    resolve: async () => {
      const resolved = tree.key.resolveAsks();
      tree.key.flush(Date.now());
      await resolved;
      deliveries.schedule();
    },
    accountId: () => 'k',
    incarnation: () => 'l',
    tenants: {
      getByName: (to) => ({
        ask: async (request: AskRequest) => onAsk(to, request, async () => tree.carry(to, request)),
        take: async (delivery: Delivery) => onTake(to, delivery, async () => take(to, delivery)),
      }),
    },
    arm: () => undefined,
  });
  return deliveries;
}

async function admit(tree: AskingTree, deliveries: Deliveries, name: string): Promise<AdmitReply> {
  const version = tree.key.state.account?.version ?? 0;
  const reply = tree.key.admit(admitRequest(name, { version }));
  tree.key.flush(Date.now());
  deliveries.schedule();
  return reply;
}

const later = async <T>(ms: number, answer: () => Promise<T>): Promise<T> =>
  new Promise((resolve) => void setTimeout(() => resolve(answer()), ms));

describe('a call', () => {
  test('is asked for as soon as the one before it was answered, however often that was so', async () => {
    const tree = new AskingTree({ user: many });
    const deliveries = spoken(tree, async (_, __, answer) => later(50, answer));
    void deliveries.deliverNow(true);
    const calls = Array.from({ length: 6 }, async (_, number) => {
      await vi.advanceTimersByTimeAsync(0);
      return later(number * 30, async () => admit(tree, deliveries, `call-${number}`));
    });
    await vi.advanceTimersByTimeAsync(400);
    expect((await Promise.all(calls)).map(({ kind }) => kind)).toEqual(Array.from({ length: 6 }, () => 'granted'));
  });

  test('is asked of one account while another is slow', async () => {
    const tree = new AskingTree({ user: many, organization: many });
    const asked: [string, number][] = [];
    const deliveries = spoken(tree, async (to, _, answer) => {
      asked.push([to, Date.now() - noon]);
      return later(to === user ? 10 : 1500, answer);
    });
    const first = admit(tree, deliveries, 'first');
    await vi.advanceTimersByTimeAsync(100);
    const second = admit(tree, deliveries, 'second');
    await vi.advanceTimersByTimeAsync(3500);
    expect(asked.filter(([to]) => to === user)).toEqual([
      [user, 0],
      [user, 100],
    ]);
    expect([(await first).kind, (await second).kind]).toEqual(['granted', 'granted']);
  });

  test('hears after three seconds that an account does not answer, and the next one is asked again', async () => {
    const tree = new AskingTree({ user: many });
    let isAway = true;
    const deliveries = spoken(tree, async (_, __, answer) => (isAway ? new Promise(() => undefined) : answer()));
    const call = admit(tree, deliveries, 'a');
    await vi.advanceTimersByTimeAsync(askAnswerMs);
    expect(await call).toMatchObject({ kind: 'denied', reason: 'unanswered', account: user });
    isAway = false;
    const next = admit(tree, deliveries, 'b');
    await vi.advanceTimersByTimeAsync(1);
    expect(await next).toMatchObject({ kind: 'granted' });
  });
});

describe('an account that can not be told of open calls', () => {
  test.each(['throws', 'has lost its ledger'] as const)('and %s is left alone for a while', async (what) => {
    const tree = new AskingTree({});
    const open = tree.key.admit(admitRequest('open'));
    tree.key.flush(noon);
    await open;
    tree.tell({ organization: many });
    let asks = 0;
    const deliveries = spoken(tree, async (_, { asks: asked }) => {
      asks += 1;
      if (what === 'throws') throw new Error('away');
      return { answers: asked.map(() => ({ kind: 'denied', reason: 'lost' }) as const) };
    });
    const call = admit(tree, deliveries, 'a');
    await vi.advanceTimersByTimeAsync(10);
    expect(await call).toMatchObject({ kind: 'denied', reason: what === 'throws' ? 'unanswered' : 'lost' });
    expect(asks).toBe(1);
    await vi.advanceTimersByTimeAsync(3100);
    // After one second, and two more.
    expect(asks).toBe(3);
  });

  test('is left alone for as long when the alarm rings for what it is owed', async () => {
    const tree = new AskingTree({});
    const [open, ended] = [tree.key.admit(admitRequest('open')), tree.key.admit(admitRequest('ended'))];
    tree.key.flush(noon);
    await open;
    const grant = await ended;
    if (grant.kind !== 'granted') throw new Error(grant.kind);
    void tree.key.submit((row) => executeSettle(tree.key.state, settleRequest(grant.holdId, 30), row));
    tree.key.flush(noon);
    tree.tell({ organization: many });
    let asks = 0;
    const deliveries = spoken(tree, async () => {
      asks += 1;
      throw new Error('away');
    });
    for (const _ of [1, 2, 3]) {
      await deliveries.deliverNow(false);
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(asks).toBe(3);
    // Its next try is after four seconds, since it has failed three times.
    await vi.advanceTimersByTimeAsync(900);
    expect(asks).toBe(3);
  });
});

describe('the alarm', () => {
  test('does not ring at once, again and again, while what has failed is tried again', async () => {
    const tree = new AskingTree({ user: many });
    let failures = 1;
    const deliveries = spoken(tree, undefined, async () => {
      failures -= 1;
      if (failures >= 0) throw new Error('away');
      return new Promise(() => undefined);
    });
    const call = admit(tree, deliveries, 'a');
    await vi.advanceTimersByTimeAsync(1);
    const grant = await call;
    if (grant.kind !== 'granted') throw new Error(grant.kind);
    void tree.key.submit((row) => executeSettle(tree.key.state, settleRequest(grant.holdId, 30), row));
    tree.key.flush(Date.now());
    deliveries.schedule();
    await vi.advanceTimersByTimeAsync(1);
    expect(deliveries.nextWakeMs(Date.now())).toBe(noon + 1 + endAgainMsMin);
    await vi.advanceTimersByTimeAsync(endAgainMsMin);
    expect(failures).toBe(-1);
    expect(deliveries.nextWakeMs(Date.now())).toBe(Date.now() + deliverAlarmMs);
  });
});

describe('the end of a call', () => {
  test('is delivered at once, and again within seconds if that fails', async () => {
    const tree = new AskingTree({ user: many });
    let failures = 2;
    const deliveries = spoken(tree, undefined, async (_, __, answer) => {
      failures -= 1;
      if (failures >= 0) throw new Error('away');
      return answer();
    });
    const call = admit(tree, deliveries, 'a');
    await vi.advanceTimersByTimeAsync(1);
    const grant = await call;
    if (grant.kind !== 'granted') throw new Error(grant.kind);
    void tree.key.submit((row) => executeSettle(tree.key.state, settleRequest(grant.holdId, 30), row));
    tree.key.flush(Date.now());
    deliveries.schedule();
    await vi.advanceTimersByTimeAsync(1);
    expect(tree.openAt(user)).toBe(1);
    await vi.advanceTimersByTimeAsync(3100);
    expect(tree.openAt(user)).toBe(0);
  });
});
