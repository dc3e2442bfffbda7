import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { attemptsMax, backoffBaseMs, firstByteMs, retryAfterMsMax } from '../../../src/limits.ts';
import {
  type Answer,
  type Json,
  type TestKey,
  begin,
  chat,
  chatSending,
  contentOf,
  errorOf,
  inspect,
  newKey,
  send,
  standing,
} from '../../support/gateway.ts';
import {
  FakeProvider,
  type Reply,
  breaksOff,
  completion,
  failure,
  model,
  putCatalog,
  refused,
  replaceFetch,
  servedBy,
  silent,
  usage,
  usageNanoUsd,
} from '../../support/gateway-provider.ts';
import { TestTime, skipRetryWaits } from '../../support/gateway-time.ts';
import { streamed } from '../../support/gateway-stream.ts';

let waits: number[];

beforeEach(() => {
  replaceFetch();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  waits = skipRetryWaits();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const money = async (): Promise<TestKey> => newKey({ limits: [{ metric: 'usd', per: 'total', max: '1' }] });
const body: Json = { model: 'served', max_completion_tokens: 20 };

async function two(more: Json = {}): Promise<[FakeProvider, FakeProvider]> {
  const [first, next] = await servedBy(2, more);
  if (first === undefined || next === undefined) throw new Error('two servers were asked for');
  return [first, next];
}

async function recordOf(key: TestKey, answer: Answer): Promise<Json> {
  return (await send(key.key, { path: `/v1/requests/${answer.headers.get('x-request-id')}` })).json;
}

describe('a failure that passes', () => {
  test.each([500, 502, 503, 504, 529, 408, 429])('%i is tried again, with a wait of its own', async (status) => {
    const [fake] = await servedBy(1);
    fake?.says(failure(status), completion());
    const answer = await chat(await newKey(), body);
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.headers.get('x-gateway-attempts')).toBe('2');
    expect(waits).toEqual([backoffBaseMs / 2]);
    expect(fake?.arrivals).toBe(2);
  });

  test.each([
    ['a connection that is refused', refused],
    ['a connection that breaks', breaksOff],
  ] as const)('%s is tried again', async (_what, reply) => {
    const [fake] = await servedBy(1);
    fake?.says(reply, completion());
    expect(await chat(await newKey(), body)).toMatchObject({ status: 200 });
    expect(fake?.arrivals).toBe(2);
  });

  test('is waited for with full jitter, twice as long each time, and given up after four attempts', async () => {
    const [fake] = await servedBy(1);
    fake?.says(failure(503));
    const answer = await chat(await newKey(), body);
    expect(errorOf(answer)).toMatchObject({
      status: 502,
      code: 'provider_error',
      message: `${fake?.name} answered 503: failed with 503`,
    });
    expect(fake?.arrivals).toBe(attemptsMax);
    expect(waits).toEqual([1, 2, 4].map((times) => (times * backoffBaseMs) / 2));
  });

  test('is waited for as long as the provider asks for, if that is bearable', async () => {
    const [fake] = await servedBy(1);
    fake?.says(failure(429, {}, { 'retry-after': '3' }), completion());
    expect(await chat(await newKey(), body)).toMatchObject({ status: 200 });
    expect(waits).toEqual([3000 + backoffBaseMs / 2]);
  });

  test('is not waited for longer: the client is told when to come back', async () => {
    const [fake] = await servedBy(1);
    fake?.says(failure(429, {}, { 'retry-after': String(retryAfterMsMax / 1000 + 1) }));
    const answer = await chat(await newKey(), body);
    expect(errorOf(answer)).toMatchObject({ status: 429, code: 'provider_rate_limited' });
    expect(answer.headers.get('retry-after')).toBe('21');
    expect(answer.headers.get('x-should-retry')).toBe('true');
    expect(fake?.arrivals).toBe(1);
  });
});

describe('the next target', () => {
  test.each([500, 502, 503, 504, 529])('is tried when the first answered %i twice, and serves', async (status) => {
    const [first, next] = await two();
    first.says(failure(status));
    const answer = await chat(await newKey(), body);
    expect(answer).toMatchObject({ status: 200 });
    expect([first.arrivals, next.arrivals]).toEqual([2, 1]);
    expect(answer.headers.get('x-gateway-provider')).toBe(next.name);
    expect(answer.headers.get('x-gateway-attempts')).toBe('3');
    expect(next.calls[0]?.json).toMatchObject({ model: `${next.name}-model` });
  });

  test('is tried at once when the first can not come back soon', async () => {
    const [first, next] = await two();
    first.says(failure(429, {}, { 'retry-after': '5' }));
    expect(await chat(await newKey(), body)).toMatchObject({ status: 200 });
    expect([first.arrivals, next.arrivals]).toEqual([1, 1]);
    expect(waits).toEqual([]);
  });

  test('streams in place of the first, of which the client sees nothing', async () => {
    const [first, next] = await two();
    first.says(failure(503));
    next.says(streamed(usage, 'from the next'));
    const answer = await chat(await newKey(), { ...body, stream: true });
    expect(contentOf(answer.text)).toBe('from the next');
    expect(answer.headers.get('x-gateway-attempts')).toBe('3');
  });

  test('is tried when the first says nothing until its time is over, and what that may have cost is kept', async () => {
    const [first, next] = await two();
    first.says(silent);
    next.says(streamed(usage, 'Hi'));
    const key = await money();
    const time = new TestTime();
    const begun = begin(key.key, { ...chatSending({ ...body, stream: true }), env: time.env });
    await vi.waitFor(() => expect(first.calls).toHaveLength(1), { timeout: 20_000 });
    for (let passed = 0; passed < firstByteMs; passed += 15_000) await time.pass(15_000);
    const { response, path } = await begun;
    const text = await response.text();
    await path;
    expect(contentOf(text)).toBe('Hi');
    expect(first.calls[0]?.signal.aborted).toBe(true);
    expect(response.headers.get('x-gateway-attempts')).toBe('2');
    const { posted, held } = await standing(key);
    expect(held).toBe(0);
    expect(posted).toBeGreaterThan(2 * usageNanoUsd);
  });

  test('is not tried by a client, or an account, that wants only the first', async () => {
    const [first, next] = await two();
    first.says(failure(503));
    const refusedBy = async (key: TestKey, headers = {}): Promise<void> => {
      expect(errorOf(await chat(key, body, { headers }))).toMatchObject({ status: 502, code: 'provider_error' });
    };
    await refusedBy(await newKey(), { 'x-gateway-fallback': 'fail' });
    expect(next.arrivals).toBe(0);
    // Its breaker would open at the fifth.
    first.says(failure(501));
    await refusedBy(await newKey({ fallback: 'fail' }));
    expect(next.arrivals).toBe(0);
    first.says(failure(501));
    expect(
      await chat(await newKey({ fallback: 'fail' }), body, { headers: { 'x-gateway-fallback': 'next' } }),
    ).toMatchObject({ status: 200 });
  });

  test('is the only one tried by a client that asks for it', async () => {
    const [first, next] = await two();
    expect(await chat(await newKey(), body, { headers: { 'x-gateway-provider': next.name } })).toMatchObject({
      status: 200,
    });
    expect([first.arrivals, next.arrivals]).toEqual([0, 1]);
  });
});

describe('an attempt that may have been charged', () => {
  test('is paid for, and the next has a reservation of its own: one call, one slot, one request', async () => {
    const [first] = await two();
    first.says(failure(500));
    const key = await newKey({
      limits: [
        { metric: 'usd', per: 'total', max: '1' },
        { metric: 'requests', per: 'total', max: 1 },
        { metric: 'concurrency', max: 1 },
      ],
    });
    const answer = await chat(key, body);
    expect(answer).toMatchObject({ status: 200 });
    const { standings, spend } = await inspect(key);
    const [usd, requests, concurrency] = standings;
    expect(requests).toMatchObject({ posted: 1, held: 0 });
    expect(concurrency).toMatchObject({ posted: 0, held: 0 });
    expect(usd?.held).toBe(0);
    // Two attempts at the first target, each at all that was held for it, and what the second target reported.
    const holdNanoUsd = ((usd?.posted ?? 0) - usageNanoUsd) / 2;
    expect(holdNanoUsd).toBeGreaterThan(usageNanoUsd);
    expect(Number.isInteger(holdNanoUsd)).toBe(true);
    const record = await recordOf(key, answer);
    expect(Number(record['cost_usd']) * 1e9).toBeCloseTo(usd?.posted ?? 0, 3);
    expect(answer.headers.get('x-gateway-cost-usd')).toBe(record['cost_usd']);
    expect(spend.totalNanoUsd).toBe(usd?.posted);
  });

  test('is paid at the most that it can have cost itself, however dear its sibling is', async () => {
    const failedTwice = async (siblingPrice: Json): Promise<number> => {
      const [first, next] = [new FakeProvider(), new FakeProvider()];
      const { targets, ...rest } = model(first, next);
      const [one, other] = targets as [Json, Json];
      const served = { ...rest, targets: [one, { ...other, price: siblingPrice }] };
      await putCatalog({ served }, { [first.name]: first.entry(), [next.name]: next.entry() });
      first.says(failure(500), failure(500));
      const key = await money();
      expect(await chat(key, body)).toMatchObject({ status: 200 });
      return (await standing(key)).posted;
    };
    const ofEqual = (await failedTwice({ input: '1', output: '2' })) - usageNanoUsd;
    expect(ofEqual).toBeGreaterThan(2 * usageNanoUsd);
    expect((await failedTwice({ input: '100', output: '200' })) - 100 * usageNanoUsd).toBe(ofEqual);
  });

  test('is not paid for where the provider is known not to bill failures', async () => {
    const [first] = await two({ billsFailures: false });
    first.says(failure(500));
    const key = await money();
    expect(await chat(key, body)).toMatchObject({ status: 200 });
    expect(await standing(key)).toEqual({ posted: usageNanoUsd, held: 0 });
  });

  test.each([
    ['503', failure(503)],
    ['429', failure(429)],
    ['a refused connection', refused],
  ] as [string, Reply | typeof refused][])('is none of %s: nothing is paid for it', async (_what, reply) => {
    const [first] = await two();
    first.says(reply);
    const key = await money();
    expect(await chat(key, body)).toMatchObject({ status: 200 });
    expect(await standing(key)).toEqual({ posted: usageNanoUsd, held: 0 });
  });

  test('is not followed by another that the limit has no room for', async () => {
    const [first, next] = await two();
    first.says(failure(500));
    // Room for one attempt at most prices, and not for two.
    const key = await newKey({ limits: [{ metric: 'usd', per: 'total', max: '0.00025' }] });
    const answer = await chat(key, body);
    expect(errorOf(answer)).toMatchObject({ status: 502, code: 'provider_error' });
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect([first.arrivals, next.arrivals]).toEqual([1, 0]);
    const { posted, held } = await standing(key);
    expect(held).toBe(0);
    expect(posted).toBeGreaterThan(100_000);
    expect(posted).toBeLessThanOrEqual(250_000);
    expect(await recordOf(key, answer)).toMatchObject({ end: 'provider_failed', estimated: true, status: 502 });
  });
});
