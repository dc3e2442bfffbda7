import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Policy } from '../../../src/core/account/policy.ts';
import { type Answer, type Json, type TestKey, errorOf, hello, inspect, newKey, send } from '../../support/gateway.ts';
import {
  FakeProvider,
  completion,
  failure,
  model,
  putCatalog,
  replaceFetch,
  usage,
  usageNanoUsd,
} from '../../support/gateway-provider.ts';
import { streamed } from '../../support/gateway-stream.ts';
import { skipRetryWaits } from '../../support/gateway-time.ts';

/** `models` in a body: what the client itself wants to fall back on. */

beforeEach(() => {
  replaceFetch();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  skipRetryWaits();
});
afterEach(() => void vi.restoreAllMocks());

type Limit = NonNullable<Policy['limits']>[number];
const money: Limit = { metric: 'usd', per: 'total', max: '1' };

interface Stage {
  readonly first: FakeProvider;
  readonly second: FakeProvider;
}

/** Two models, each of one provider; the first costs ten times as much. */
async function stage(): Promise<Stage> {
  const [first, second] = [new FakeProvider(), new FakeProvider()];
  await putCatalog(
    {
      first: { ...model(first), price: { input: '10', output: '20' } },
      second: { ...model(second), aliases: ['another'] },
    },
    { [first.name]: first.entry(), [second.name]: second.entry() },
    { routes: { way: { strategy: 'fallback', models: ['second'] } } },
  );
  return { first, second };
}

const endpoints = {
  '/v1/chat/completions': { messages: hello, max_completion_tokens: 20 },
  '/v1/responses': { input: 'Hello', max_output_tokens: 20 },
  '/v1/messages': { messages: hello, max_tokens: 20 },
} as const;
type Path = keyof typeof endpoints;
const paths = Object.keys(endpoints) as Path[];

async function ask(
  { key }: TestKey,
  body: Json,
  { path = '/v1/chat/completions', headers = {} }: { path?: Path; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return send(key, { method: 'POST', path, headers, body: { ...endpoints[path], ...body } });
}

const servedBy = ({ headers }: Answer) => headers.get('x-gateway-model');
const twoOf = { model: 'first', models: ['second'] };

describe('the models that a client lists', () => {
  test.each(paths)('are asked one after the other by %s, and the answer says who served', async (path) => {
    const { first, second } = await stage();
    first.says(failure(503));
    const key = await newKey({ limits: [money] });
    const answer = await ask(key, twoOf, { path });
    expect(answer.status).toBe(200);
    expect(servedBy(answer)).toBe('second');
    expect(answer.headers.get('x-gateway-route')).toBe('models; reason="the first of those listed"');
    expect([first.arrivals, second.arrivals]).toEqual([2, 1]);
    for (const { json } of [...first.calls, ...second.calls]) expect(json).not.toHaveProperty('models');
    expect((await inspect(key)).standings).toMatchObject([{ posted: usageNanoUsd, held: 0 }]);
  });

  test('are fallen back on before a stream begins', async () => {
    const { first, second } = await stage();
    first.says(failure(501));
    second.says(streamed(usage, 'from the second'));
    const answer = await ask(await newKey({ limits: [money] }), { ...twoOf, stream: true });
    expect(answer.text).toContain('from');
    expect(servedBy(answer)).toBe('second');
  });

  test('are all there is where none is named', async () => {
    const { second } = await stage();
    const answer = await ask(await newKey({ defaultModel: 'echo' }), { models: ['second', 'first'] });
    expect(servedBy(answer)).toBe('second');
    expect(second.calls[0]?.json).toMatchObject({ model: `${second.name}-model` });
  });

  test('may have names of any kind, and are asked once each', async () => {
    const { first, second } = await stage();
    first.says(failure(501));
    second.says(failure(501));
    const models = ['another', 'second', 'way', `${second.name}/${second.name}-model`];
    const answer = await ask(await newKey(), { model: 'first', models });
    expect(errorOf(answer)).toMatchObject({ status: 502, message: `${second.name} answered 501: failed with 501` });
    expect([first.arrivals, second.arrivals]).toEqual([1, 1]);
  });

  test('are left alone where nothing is in the list, and where the client wants no fallback', async () => {
    const { first, second } = await stage();
    first.says(failure(501));
    const key = await newKey();
    expect((await ask(key, { model: 'first', models: [] })).status).toBe(502);
    expect((await ask(key, twoOf, { headers: { 'x-gateway-fallback': 'fail' } })).status).toBe(502);
    expect([first.arrivals, second.arrivals]).toEqual([2, 0]);
  });

  test('may have room for what the first has not', async () => {
    const { first, second } = await stage();
    first.says(failure(400, { code: 'context_length_exceeded' }));
    const key = await newKey({ limits: [money] });
    const answer = await ask(key, twoOf);
    expect(servedBy(answer)).toBe('second');
    expect([first.arrivals, second.arrivals]).toEqual([1, 1]);
    second.says(failure(400, { code: 'context_length_exceeded' }));
    expect(errorOf(await ask(key, twoOf))).toMatchObject({ status: 400, code: 'context_length_exceeded' });
  });

  test('are no way round what a provider says of the request itself', async () => {
    const { first, second } = await stage();
    first.says(failure(400, { code: 'content_policy_violation' }));
    expect(errorOf(await ask(await newKey(), twoOf))).toMatchObject({ status: 400, code: 'content_policy_violation' });
    expect(second.arrivals).toBe(0);
  });
});

describe('what a key may not use', () => {
  test('is told of with its place in the list, before anything is asked', async () => {
    const { first } = await stage();
    const key = await newKey({ models: { deny: ['second'] } });
    for (const name of ['second', 'another', 'way']) {
      expect(errorOf(await ask(key, { model: 'first', models: ['first', name] }))).toMatchObject({
        status: 400,
        code: 'model_not_allowed',
        param: 'models[1]',
      });
    }
    expect(first.arrivals).toBe(0);
  });

  test('is as a name that there is not', async () => {
    await stage();
    expect(errorOf(await ask(await newKey(), { model: 'first', models: ['secnod'] }))).toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'models[0]',
    });
  });
});

describe('limits', () => {
  const ofFirst = (limit: Limit): Limit => ({ ...limit, models: ['first'] });

  test.each<readonly [string, Limit]>([
    ['requests', { metric: 'requests', per: 'total', max: 1 }],
    ['money', { metric: 'usd', per: 'total', max: '0.002' }],
  ])('of %s on the first model lead to the next, which is what its client listed it for', async (_what, limit) => {
    const { first, second } = await stage();
    first.says(completion());
    const key = await newKey({ limits: [ofFirst(limit)] });
    expect(servedBy(await ask(key, twoOf))).toBe('first');
    const answer = await ask(key, twoOf);
    expect(servedBy(answer)).toBe('second');
    expect(answer.headers.get('x-gateway-route')).toBe('models; reason="no room under a limit for first"');
    expect(errorOf(await ask(key, { model: 'first' }))).toMatchObject({ status: 429 });
    expect(errorOf(await ask(key, twoOf, { headers: { 'x-gateway-fallback': 'fail' } }))).toMatchObject({
      status: 429,
    });
    expect([first.arrivals, second.arrivals]).toEqual([1, 1]);
  });

  test('hold for each model that is asked, at its own price, and count what served', async () => {
    const { first } = await stage();
    first.says(failure(500, {}));
    const ofEach = ['first', 'second'].map((name): Limit => ({ ...money, models: [name] }));
    const key = await newKey({ limits: [money, ...ofEach] });
    expect(servedBy(await ask(key, twoOf))).toBe('second');
    const [all, dear, cheap] = (await inspect(key)).standings;
    // A failure with 500 may have been charged: each of the two is posted at all that was held for it.
    expect(dear?.posted).toBeGreaterThan(0);
    expect(cheap?.posted).toBe(usageNanoUsd);
    expect(all).toMatchObject({ posted: (dear?.posted ?? 0) + usageNanoUsd, held: 0 });
  });

  test('refuse where none of the models fits', async () => {
    const { first, second } = await stage();
    const key = await newKey({ limits: [{ metric: 'usd', per: 'total', max: '0.00001' }] });
    expect(errorOf(await ask(key, twoOf))).toMatchObject({ status: 429, code: 'insufficient_quota' });
    expect([first.arrivals, second.arrivals]).toEqual([0, 0]);
  });
});
