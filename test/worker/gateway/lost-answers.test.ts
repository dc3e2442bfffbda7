// Sets the clock.

import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { gatherMs, leaseMs } from '../../../src/limits.ts';
import { type Fate, faults, interceptedEnv, kill, times } from '../../support/gateway-faults.ts';
import {
  type TestKey,
  chat,
  chatSending,
  errorOf,
  eventually,
  inspect,
  newKey,
  send,
  standing,
} from '../../support/gateway.ts';
import { HeldDoubts } from '../../support/doubts.ts';
import { TestTime } from '../../support/gateway-time.ts';
import { completion, failure, replaceFetch, servedBy, usageNanoUsd } from '../../support/gateway-provider.ts';

const limited = async (): Promise<TestKey> =>
  newKey({
    limits: [
      { metric: 'usd', per: 'total', max: '1' },
      { metric: 'requests', per: 'total', max: 100 },
    ],
  });
const body = { model: 'served', max_completion_tokens: 20 };
const nothing = { posted: 0, held: 0 };
const once = { posted: usageNanoUsd, held: 0 };

beforeEach(() => {
  replaceFetch();
  vi.spyOn(console, 'warn').mockReturnValue(undefined);
  vi.spyOn(console, 'error').mockReturnValue(undefined);
  vi.spyOn(scheduler, 'wait').mockResolvedValue(undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Lets every lease run out, and the account notice. */
async function expire(key: TestKey): Promise<void> {
  const doubts = new HeldDoubts();
  vi.setSystemTime(Date.now() + leaseMs + 1);
  await runDurableObjectAlarm(env.TENANT.getByName(key.id));
  doubts.pass();
  await eventually(async () => (await standing(key)).held === 0);
}

describe('an admit whose answer is lost', () => {
  test.each(['unreached', 'answer lost', 'actor killed'] as const)(
    '(%s) is repeated once under the same name: there is one call, and one hold',
    async (fate) => {
      const [fake] = await servedBy(1);
      const key = await limited();
      const { env: faulty, requests } = faults({ admit: [fate] });
      const answer = await chat(key, body, { env: faulty });
      expect(answer).toMatchObject({ status: 200 });
      const name = answer.headers.get('x-request-id');
      expect(requests('admit')).toMatchObject([{ call: { name } }, { call: { name } }]);
      expect(fake?.arrivals).toBe(1);
      expect(await standing(key)).toEqual(once);
      expect((await inspect(key)).standings[1]).toMatchObject({ posted: 1, held: 0 });
    },
  );

  test.each([
    ['unreached', 'unreached'],
    ['actor killed', 'actor killed'],
    ['answer lost', 'unreached'],
  ] as const)('twice (%s, %s) is voided: nothing is held, and nobody was called', async (...lost) => {
    const [fake] = await servedBy(1);
    const key = await limited();
    const { env: faulty, requests } = faults({ admit: lost });
    const answer = await chat(key, body, { env: faulty });
    expect(errorOf(answer)).toMatchObject({ status: 503, code: 'ledger_unavailable' });
    expect(answer.headers.get('x-should-retry')).toBe('true');
    await eventually(() => requests('voidCall').length === 1);
    expect(requests('voidCall')).toEqual([{ name: answer.headers.get('x-request-id') }]);
    expect(requests('admit')).toHaveLength(2);
    await eventually(async () => (await standing(key)).held === 0);
    expect(await standing(key)).toEqual(nothing);
    expect(fake?.arrivals).toBe(0);
  });

  test('and that arrives after all, when the call was given up, is refused', async () => {
    await servedBy(1);
    const key = await limited();
    const { env: faulty, requests } = faults({ admit: times(2, 'unreached') });
    await chat(key, body, { env: faulty });
    await eventually(() => requests('voidCall').length === 1);
    const late = requests('admit')[0] as Parameters<typeof account.admit>[0];
    const account = env.TENANT.getByName(key.id);
    await inspect(key);
    expect(await account.admit(late)).toEqual({ kind: 'ended' });
    expect(await standing(key)).toEqual(nothing);
  });

  test('and whose void is lost too, is ended by its lease and not held for ever (fault 8)', async () => {
    await servedBy(1);
    const key = await limited();
    vi.useFakeTimers({ toFake: ['Date'] });
    const { env: faulty, requests } = faults({ admit: times(2, 'actor killed'), voidCall: times(6, 'unreached') });
    expect(await chat(key, body, { env: faulty })).toMatchObject({ status: 503 });
    await eventually(() => requests('voidCall').length === 6);
    expect((await standing(key)).held).toBeGreaterThan(0);
    await expire(key);
    expect(await standing(key)).toMatchObject({ held: 0 });
  });
});

describe('a settlement whose answer is lost', () => {
  test.each([
    ['unreached'],
    ['answer lost'],
    ['actor killed', 'unreached', 'answer lost'],
    ['actor killed', 'actor killed', 'actor killed', 'actor killed', 'actor killed'],
  ] satisfies [Fate, ...Fate[]][])(
    '(%s, …) is repeated until it is heard, and charged once (fault 19)',
    async (...lost) => {
      await servedBy(1);
      const key = await limited();
      const { env: faulty, requests } = faults({ settle: lost });
      expect(await chat(key, body, { env: faulty })).toMatchObject({ status: 200 });
      expect(requests('settle')).toHaveLength(lost.length + 1);
      expect(await standing(key)).toEqual(once);
      const { spend, byModel } = await inspect(key);
      expect(spend.totalNanoUsd).toBe(usageNanoUsd);
      expect(byModel).toMatchObject([{ model: 'served', requests: 1, costNanoUsd: usageNanoUsd }]);
    },
  );

  test('is repeated for as long as the platform lets the call live, also if the call failed', async () => {
    const [fake] = await servedBy(1);
    fake?.says(failure(400));
    const key = await limited();
    const { env: faulty, requests } = faults({ settle: times(5, 'unreached') });
    expect(await chat(key, body, { env: faulty })).toMatchObject({ status: 400 });
    expect(requests('settle')).toHaveLength(6);
    expect((await inspect(key)).standings).toMatchObject([nothing, { posted: 1, held: 0 }]);
  });

  test('for good leaves the hold to its lease: charged in full, and corrected if the truth comes late', async () => {
    await servedBy(1);
    const key = await limited();
    vi.useFakeTimers({ toFake: ['Date'] });
    const { env: faulty, requests } = faults({ settle: times(6, 'unreached') });
    const answer = await chat(key, body, { env: faulty });
    expect(answer).toMatchObject({ status: 200 });
    const { held } = await standing(key);
    expect(held).toBeGreaterThan(usageNanoUsd);
    await expire(key);
    expect(await standing(key)).toEqual({ posted: held, held: 0 });
    const path = `/v1/requests/${answer.headers.get('x-request-id')}`;
    expect((await send(key.key, { path })).json).toMatchObject({ end: 'expired', expired: true, estimated: true });
    const account = env.TENANT.getByName(key.id);
    const late = requests('settle')[0] as Parameters<typeof account.settle>[0];
    expect(await account.settle(late)).toMatchObject({ kind: 'settled', corrected: true });
    expect(await standing(key)).toEqual(once);
    expect((await send(key.key, { path })).json).toMatchObject({
      end: 'completed',
      corrected: true,
      cost_usd: '0.00005',
    });
  });
});

describe('an account that is slow', () => {
  test('is asked for each settlement once, however many wait for it, and charges each once', async () => {
    await servedBy(1);
    const key = await limited();
    await chat(key);
    const spent = await standing(key);
    const slow = Promise.withResolvers<void>();
    const asked: string[] = [];
    const time = new TestTime();
    const behind = interceptedEnv(async ({ method, ask }) => {
      asked.push(method);
      if (method === 'settle') await slow.promise;
      return ask();
    });
    const calls = Array.from({ length: 5 }, async () => chat(key, body, { env: behind }));
    await eventually(async () => {
      await time.pass(gatherMs);
      return asked.filter((method) => method === 'settle').length === 5;
    });
    await time.pass(15_000);
    slow.resolve();
    for (const answer of await Promise.all(calls)) expect(answer).toMatchObject({ status: 200 });
    expect(asked.filter((method) => method === 'settle')).toHaveLength(5);
    expect(await standing(key)).toEqual({ posted: spent.posted + 5 * usageNanoUsd, held: 0 });
  });
});

describe('an account that dies', () => {
  test.each([false, true])(
    'between admit and settle knows the hold, and takes the settlement (stream: %s)',
    async (stream) => {
      const key = await limited();
      const killing = interceptedEnv(async ({ method, ask, id }) => {
        if (method === 'settle') await kill(id);
        return ask();
      });
      const answer = await chat(key, { stream }, { env: killing });
      expect(answer).toMatchObject({ status: 200 });
      expect(await standing(key)).toEqual({ posted: 18_000, held: 0 });
      const record = await send(key.key, { path: `/v1/requests/${answer.headers.get('x-request-id')}` });
      expect(record.json).toMatchObject({ cost_usd: '0.000018', end: 'completed' });
    },
  );

  test('and stays dead is not waited for: 503, and its client may try again', async () => {
    const [fake] = await servedBy(1);
    const key = await limited();
    const dead = interceptedEnv(async () => Promise.reject(new Error('connection lost')));
    for (const sending of [chatSending(body), { path: '/v1/usage' }, { path: '/v1/models' }]) {
      const answer = await send(key.key, { ...sending, env: dead });
      expect(errorOf(answer)).toMatchObject({ status: 503, type: 'api_error', code: 'ledger_unavailable' });
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.headers.get('x-should-retry')).toBe('true');
    }
    expect(fake?.arrivals).toBe(0);
  });

  test('and answers nothing at all is given up after a while', async () => {
    await servedBy(1);
    const key = await limited();
    await chat(key);
    const time = new TestTime();
    const silent = interceptedEnv(async () => Promise.withResolvers<never>().promise);
    const call = chat(key, body, { env: silent });
    await time.pass(10_000);
    await time.pass(10_000);
    expect(errorOf(await call)).toMatchObject({ status: 503, code: 'ledger_unavailable' });
  });
});

describe('an extension whose answer is lost', () => {
  test.each(['unreached', 'answer lost', 'actor killed'] as const)(
    '(%s) is repeated, and posts once what the first attempt may have cost',
    async (fate) => {
      const [first] = await servedBy(2);
      first?.says(failure(500), failure(500), completion());
      vi.spyOn(Math, 'random').mockReturnValue(0);
      const key = await limited();
      const plain = await chat(key, body);
      const { posted } = await standing(key);
      first?.says(failure(500), failure(500), completion());
      const { env: faulty, requests } = faults({ extend: [fate] });
      const answer = await chat(key, body, { env: faulty });
      expect(answer.headers.get('x-gateway-cost-usd')).toBe(plain.headers.get('x-gateway-cost-usd'));
      expect(requests('extend')).toHaveLength(3);
      expect(await standing(key)).toEqual({ posted: 2 * posted, held: 0 });
    },
  );
});
