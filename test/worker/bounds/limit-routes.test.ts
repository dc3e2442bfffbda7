import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Policy } from '../../../src/core/account/policy.ts';
import { type TestKey, chat, errorOf, inspect, newKey } from '../../support/gateway.ts';
import { FakeProvider, completion, model, putCatalog, replaceFetch } from '../../support/gateway-provider.ts';

/** A route that goes on to another model when the account has no room for the first. */

beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

type Limit = NonNullable<Policy['limits']>[number];

interface Stage {
  readonly key: TestKey;
  readonly dear: FakeProvider;
  readonly cheap: FakeProvider;
}

async function stage(onLimit: boolean, ...limits: Limit[]): Promise<Stage> {
  const [dear, cheap] = [new FakeProvider(), new FakeProvider()];
  for (const fake of [dear, cheap]) fake.says(completion({ prompt_tokens: 40, completion_tokens: 60 }));
  await putCatalog(
    { dear: { ...model(dear), price: { input: '10', output: '20' } }, cheap: model(cheap) },
    { [dear.name]: dear.entry(), [cheap.name]: cheap.entry() },
    { routes: { thrifty: { strategy: 'fallback', models: ['dear', 'cheap'], onLimit } } },
  );
  return { key: await newKey({ limits }), dear, cheap };
}

const ask = async (key: TestKey) => chat(key, { model: 'thrifty', max_completion_tokens: 100 });
const ofDear: Limit = { metric: 'requests', per: 'total', max: 1, models: ['dear'] };

describe('a limit on one model that is used up', () => {
  test('leads a route that goes on to the next model, and the answer says why', async () => {
    const { key, dear, cheap } = await stage(true, ofDear);
    const first = await ask(key);
    expect(first.headers.get('x-gateway-model')).toBe('dear');
    const second = await ask(key);
    expect(second.status).toBe(200);
    expect(second.headers.get('x-gateway-model')).toBe('cheap');
    expect(second.headers.get('x-gateway-route')).toMatch(/^thrifty; reason="no room under a limit for dear"/);
    expect([dear.arrivals, cheap.arrivals]).toEqual([1, 1]);
  });

  test('also where it is money, and what the next model costs still fits', async () => {
    const { key, dear, cheap } = await stage(true, { metric: 'usd', per: 'total', max: '0.001', models: ['dear'] });
    expect((await ask(key)).headers.get('x-gateway-model')).toBe('cheap');
    expect([dear.arrivals, cheap.arrivals]).toEqual([0, 1]);
    expect((await inspect(key)).standings).toMatchObject([{ posted: 0, held: 0 }]);
  });

  test('refuses by a route that does not', async () => {
    const { key, cheap } = await stage(false, ofDear);
    await ask(key);
    expect(errorOf(await ask(key))).toMatchObject({ status: 429, limit: { models: ['dear'] } });
    expect(cheap.arrivals).toBe(0);
  });
});

describe('a limit on everything that is used up', () => {
  test.each<readonly [string, Limit]>([
    ['requests', { metric: 'requests', per: 'total', max: 1 }],
    ['money', { metric: 'usd', per: 'total', max: '0.0006' }],
    ['tokens', { metric: 'tokens', per: 'total', max: 150 }],
  ])('refuses whatever the route: of %s', async (_metric, limit) => {
    const { key, dear, cheap } = await stage(true, limit);
    for (let call = 0; call < 4; call += 1) await ask(key);
    const answer = await ask(key);
    expect(answer.status).toBe(429);
    expect(errorOf(answer)['limit']).toMatchObject({ metric: limit.metric });
    expect(dear.arrivals + cheap.arrivals).toBeLessThan(5);
    const [standing] = (await inspect(key)).standings;
    expect(standing?.held).toBe(0);
  });
});
