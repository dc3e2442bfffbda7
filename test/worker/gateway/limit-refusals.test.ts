// Sets the clock.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Policy } from '../../../src/core/account/policy.ts';
import { type Answer, begin, chat, chatSending, errorOf, newKey, standing } from '../../support/gateway.ts';
import { FakeProvider, model, putCatalog, replaceFetch, servedBy, silent } from '../../support/gateway-provider.ts';
import { HeldStream } from '../../support/gateway-stream.ts';

type Limit = NonNullable<Policy['limits']>[number];

/** In the middle of a month, and on the edge of a period of every window used here. */
const noonMs = Date.UTC(2026, 10, 20, 12);

beforeEach(() => {
  replaceFetch();
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(noonMs);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const retryHeaders = ({ headers }: Answer): Record<string, string | null> => ({
  after: headers.get('retry-after'),
  afterMs: headers.get('retry-after-ms'),
  should: headers.get('x-should-retry'),
});

/** Two calls under one limit: the first has used it up, and the second is refused. */
async function second(limit: Limit, body = {}): Promise<{ answer: Answer; id: string }> {
  await servedBy(1);
  const key = await newKey({ limits: [limit] });
  expect(await chat(key, { model: 'served', ...body })).toMatchObject({ status: 200 });
  const answer = await chat(key, { model: 'served', ...body });
  return { answer, id: key.id };
}

const capped = { max_completion_tokens: 20 };

/** What is held for such a call: a limit that it can never fit under says so. */
async function needs(metric: 'tokens' | 'usd'): Promise<unknown> {
  await servedBy(1);
  const key = await newKey({ limits: [{ metric, per: 'total', max: 0 }] });
  const { limit } = errorOf(await chat(key, { model: 'served', ...capped })) as { limit: Record<string, unknown> };
  return limit['needed'];
}

describe('a limit that is used up is named, with whose it is, how much of it, and when to come back', () => {
  test('requests of a minute', async () => {
    const { answer, id } = await second({ metric: 'requests', per: 'minute', max: 1 });
    expect(errorOf(answer)).toMatchObject({
      status: 429,
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      param: null,
      message: `Per-minute request limit of key ${id} reached: 1 made, 0 in flight, 1 allowed. Resets 2026-11-20T12:01:00.938Z.`,
    });
    expect(errorOf(answer)['limit']).toEqual({
      scope: 'key',
      id,
      metric: 'requests',
      per: 'minute',
      max: 1,
      posted: 1,
      held: 0,
      free: 0,
      needed: 1,
      resets_at: '2026-11-20T12:01:00.938Z',
    });
    // The period of the first call, a 64th of a minute long, has to be wholly outside: just over a minute, then.
    expect(retryHeaders(answer)).toEqual({ after: '61', afterMs: '60938', should: 'false' });
  });

  test('requests of half a minute, which a client is told to wait for', async () => {
    const { answer } = await second({ metric: 'requests', per: '30s', max: 1 });
    expect(errorOf(answer)).toMatchObject({ code: 'rate_limit_exceeded' });
    expect(retryHeaders(answer)).toEqual({ after: '31', afterMs: '30469', should: 'true' });
    expect(errorOf(answer)['limit']).toMatchObject({ per: '30s' });
  });

  test('tokens of a day', async () => {
    const needed = Number(await needs('tokens'));
    const { answer, id } = await second({ metric: 'tokens', per: 'day', max: needed + 10 }, capped);
    expect(errorOf(answer)).toMatchObject({
      status: 429,
      code: 'insufficient_quota',
      message:
        `Daily token limit of key ${id} reached: 30 used, 0 held, ${needed + 10} allowed; ` +
        `this request could use up to ${needed}. Resets 2026-11-21T12:22:30Z.`,
    });
    expect(errorOf(answer)['limit']).toEqual({
      scope: 'key',
      id,
      metric: 'tokens',
      per: 'day',
      max: needed + 10,
      posted: 30,
      held: 0,
      free: needed - 20,
      needed,
      resets_at: '2026-11-21T12:22:30Z',
    });
    expect(retryHeaders(answer)).toEqual({ after: '87750', afterMs: '87750000', should: 'false' });
  });

  test('money of a month, as decimal text', async () => {
    const needed = String(await needs('usd'));
    const max = (Number(needed) + 0.00001).toFixed(9).replace(/0+$/, '');
    const free = (Number(max) - 0.00005).toFixed(9).replace(/0+$/, '');
    const { answer, id } = await second({ metric: 'usd', per: 'month', max }, capped);
    expect(errorOf(answer)).toMatchObject({
      status: 429,
      code: 'insufficient_quota',
      message:
        `Monthly spend limit of key ${id} reached: $0.00005 spent, $0.0000 held, $${max} allowed; ` +
        `this request could cost up to $${needed}. Resets 2026-12-01T00:00:00Z.`,
    });
    expect(errorOf(answer)['limit']).toEqual({
      scope: 'key',
      id,
      metric: 'usd',
      per: 'month',
      max,
      posted: '0.00005',
      held: '0.0000',
      free,
      needed,
      resets_at: '2026-12-01T00:00:00Z',
    });
    expect(retryHeaders(answer)).toMatchObject({ after: String(10.5 * 86_400), should: 'false' });
  });

  test('requests of a total, which never comes back', async () => {
    const { answer } = await second({ metric: 'requests', per: 'total', max: 1 });
    expect(errorOf(answer)).toMatchObject({
      code: 'insufficient_quota',
      message: expect.stringContaining('ask an admin to raise it'),
    });
    expect(errorOf(answer)['limit']).toMatchObject({ per: 'total', resets_at: null });
    expect(retryHeaders(answer)).toEqual({ after: null, afterMs: null, should: 'false' });
  });

  test('of some models only, with which', async () => {
    const limit: Limit = { metric: 'requests', per: 'hour', max: 1, endpoint: 'chat', models: ['s*'] };
    const { answer } = await second(limit);
    expect(errorOf(answer)['limit']).toMatchObject({ per: 'hour', endpoint: 'chat', models: ['s*'] });
    expect(errorOf(answer)['message']).toContain('for endpoint chat and models s*');
  });
});

describe('a request that can never fit', () => {
  test.each([
    { metric: 'tokens', per: 'minute', max: 25 } as const,
    { metric: 'usd', per: 'minute', max: '0.000030' } as const,
  ])('under $metric is told so, and not to come back', async (limit) => {
    await servedBy(1);
    const key = await newKey({ limits: [limit] });
    const answer = await chat(key, { model: 'served', ...capped });
    expect(errorOf(answer)).toMatchObject({
      status: 429,
      message: expect.stringContaining('It can never fit under this limit: send less'),
    });
    expect(retryHeaders(answer)).toEqual({ after: null, afterMs: null, should: 'false' });
    expect(await standing(key)).toEqual({ posted: 0, held: 0 });
  });

  test('under a limit of nothing', async () => {
    const answer = await chat(await newKey({ limits: [{ metric: 'requests', per: 'minute', max: 0 }] }));
    expect(errorOf(answer)).toMatchObject({ status: 429, message: expect.stringContaining('This limit allows none.') });
  });
});

describe('a request that only holds stand in the way of', () => {
  test.each([
    ['concurrency', { metric: 'concurrency', max: 1 }, 'Concurrency limit', { posted: 0, held: 1, max: 1, needed: 1 }],
    ['money', { metric: 'usd', per: 'month', max: '0.00239' }, 'Monthly spend limit', { posted: '0.0000' }],
    ['tokens', { metric: 'tokens', per: 'minute', max: 1300 }, 'Per-minute token limit', { posted: 0 }],
    ['requests', { metric: 'requests', per: 'minute', max: 1 }, 'Per-minute request limit', { posted: 0, held: 1 }],
  ] as const)('%s, is told to come back in a second', async (what, limit, message, details) => {
    const [one] = await servedBy(1);
    one?.says(silent);
    const key = await newKey({ limits: [limit] });
    const body = { model: 'served', max_completion_tokens: 1000 };
    void begin(key.key, chatSending(body));
    await vi.waitFor(() => expect(one?.calls).toHaveLength(1), { timeout: 20_000 });
    const answer = await chat(key, body);
    const code =
      what === 'concurrency'
        ? 'concurrency_limit_exceeded'
        : what === 'money'
          ? 'insufficient_quota'
          : 'rate_limit_exceeded';
    expect(errorOf(answer)).toMatchObject({ status: 429, code, message: expect.stringContaining(message) });
    expect(errorOf(answer)['message']).toContain('Only requests in flight stand in the way');
    expect(errorOf(answer)['limit']).toMatchObject({ ...details, resets_at: null });
    expect(retryHeaders(answer)).toEqual({ after: '1', afterMs: '1000', should: 'true' });
  });

  test('streams, which counts only streams', async () => {
    const [one] = await servedBy(1);
    const held = new HeldStream();
    one?.says(held.reply);
    const key = await newKey({ limits: [{ metric: 'streams', max: 1 }] });
    void begin(key.key, chatSending({ model: 'served', stream: true }));
    const sender = await held.sender();
    const answer = await chat(key, { stream: true });
    expect(errorOf(answer)).toMatchObject({ status: 429, code: 'concurrency_limit_exceeded' });
    expect(errorOf(answer)['limit']).toMatchObject({ metric: 'streams', held: 1, needed: 1 });
    expect(errorOf(answer)['limit']).not.toHaveProperty('per');
    expect(await chat(key)).toMatchObject({ status: 200 });
    sender.end();
  });
});

test('a refusal consumes nothing: of no limit, and not the request itself', async () => {
  await servedBy(1);
  const limits: Limit[] = [
    { metric: 'requests', per: 'minute', max: 2 },
    { metric: 'usd', per: 'total', max: '0.000001' },
  ];
  const key = await newKey({ limits });
  for (let tries = 0; tries < 5; tries += 1)
    expect(await chat(key, { model: 'served' })).toMatchObject({ status: 429 });
  expect(await standing(key)).toEqual({ posted: 0, held: 0 });
});

test('a call of a model that a limit does not count is not refused by it', async () => {
  const fakes = [new FakeProvider(), new FakeProvider()] as const;
  await putCatalog(
    { small: model(fakes[0]), large: model(fakes[1]) },
    Object.fromEntries(fakes.map((fake) => [fake.name, fake.entry()])),
  );
  const key = await newKey({ limits: [{ metric: 'requests', per: 'day', max: 0, models: ['large'] }] });
  expect(await chat(key, { model: 'large' })).toMatchObject({ status: 429 });
  expect(await chat(key, { model: 'small' })).toMatchObject({ status: 200 });
});
