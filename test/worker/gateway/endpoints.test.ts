// Sets the clock.

import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultBreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import { healthRefreshMs } from '../../../src/limits.ts';
import { type Answer, type Json, type TestKey, admin, chat, eventually, newKey } from '../../support/gateway.ts';
import {
  FakeProvider,
  completion,
  failure,
  model,
  putCatalog,
  refused,
  replaceFetch,
} from '../../support/gateway-provider.ts';
import { interceptedEnv } from '../../support/gateway-faults.ts';
import { skipRetryWaits } from '../../support/gateway-time.ts';
import { Random } from '../../support/random.ts';

const { openMs, successesToClose } = defaultBreakerConfig;
const everyMs = 30_000;
const body: Json = { model: 'served', max_completion_tokens: 20 };
const healthCheck = { path: '/models', everyMs };

let east: FakeProvider;
let west: FakeProvider;
let key: TestKey;

beforeEach(async () => {
  replaceFetch();
  vi.useFakeTimers({ toFake: ['Date'] });
  const random = new Random(20_261_121);
  vi.spyOn(Math, 'random').mockImplementation(() => random.fraction());
  skipRetryWaits();
  east = new FakeProvider();
  west = new FakeProvider();
  key = await newKey();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** One provider, named as `east` is, with two endpoints. */
async function provide(weights: { east: number; west: number }, more: Json = {}): Promise<void> {
  const endpoints = [
    { name: 'east', baseUrl: `https://${east.host}/v1`, weight: weights.east },
    { name: 'west', baseUrl: `https://${west.host}/v1`, weight: weights.west },
  ];
  await putCatalog({ served: model(east) }, { [east.name]: { kind: 'openai', endpoints, ...more } });
}

async function calls(count: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let call = 0; call < count; call += 1) answers.push(await chat(key, body));
  return answers;
}

const statuses = (answers: readonly Answer[]): number[] => [...new Set(answers.map(({ status }) => status))];
const attempts = (answers: readonly Answer[]): (string | null)[] => [
  ...new Set(answers.map(({ headers }) => headers.get('x-gateway-attempts'))),
];
const provider = () => env.PROVIDER_HEALTH.getByName(east.name);
const stateOfWest = async (): Promise<string> => {
  const { troubled } = await provider().snapshot();
  expect(troubled.map(({ key: name }) => name).filter((name) => name !== 'endpoint:west')).toEqual([]);
  return troubled[0]?.state ?? 'closed';
};

/** Lets so much time pass; routers then learn of what has changed at the next call. */
function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

/** Calls until `west` is out, of which no client notices anything. */
async function westBreaks(): Promise<void> {
  west.says(failure(503));
  const answers: Answer[] = [];
  await eventually(async () => {
    answers.push(...(await calls(1)));
    return (await stateOfWest()) === 'open';
  });
  expect(statuses(answers)).toEqual([200]);
}

/** What an admin sees of the provider. */
async function shown(): Promise<Json> {
  const { providers } = (await admin('GET', '/admin/health')) as { providers: Record<string, Json> };
  return providers[east.name] ?? {};
}

describe('load', () => {
  test('is split by weight', async () => {
    await provide({ east: 3, west: 1 });
    const count = 300;
    expect(statuses(await calls(count))).toEqual([200]);
    expect(east.arrivals + west.arrivals).toBe(count);
    // Four standard deviations of three quarters of so many.
    expect(Math.abs(east.arrivals / count - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / count));
  });
});

describe('an endpoint that is sick', () => {
  test('costs a call no more than an attempt: the retry goes to the other one', async () => {
    await provide({ east: 1, west: 1000 });
    west.says(refused, completion());
    const [answer] = await calls(1);
    expect(answer).toMatchObject({ status: 200 });
    expect(answer?.headers.get('x-gateway-attempts')).toBe('2');
    expect([west.arrivals, east.arrivals]).toEqual([1, 1]);
  });

  test('leaves the draw, however heavy, and the model stays where it is well', async () => {
    await provide({ east: 1, west: 1000 });
    await westBreaks();
    const before = west.arrivals;
    const answers = await calls(30);
    expect(statuses(answers)).toEqual([200]);
    expect(attempts(answers)).toEqual(['1']);
    expect(west.arrivals).toBe(before);
  });

  test('comes back by a client’s call where the catalog has no check', async () => {
    await provide({ east: 1, west: 1000 });
    await westBreaks();
    west.says(completion());
    pass(openMs);
    const before = west.arrivals;
    await eventually(async () => {
      await calls(1);
      return (await stateOfWest()) === 'closed';
    });
    expect(west.arrivals - before).toBeGreaterThanOrEqual(successesToClose);
    expect(west.gets).toEqual([]);
  });

  test('is put back by the check, and no client has to try it', async () => {
    await provide({ east: 1, west: 1000 }, { healthCheck });
    await westBreaks();
    west.says(completion());
    const before = west.arrivals;
    pass(openMs / 2);
    expect(await runDurableObjectAlarm(provider())).toBe(true);
    expect(await stateOfWest()).toBe('half-open');
    pass(everyMs);
    await runDurableObjectAlarm(provider());
    expect(await stateOfWest()).toBe('closed');
    expect(west.gets.map(({ url }) => url.pathname)).toContain('/v1/models');
    expect(west.arrivals).toBe(before);
    expect(await shown()).toMatchObject({
      state: 'closed',
      checks: [{ endpoint: 'west', outcome: 'success', found: 'answered 200', checkedAt: expect.any(String) }],
    });
    pass(healthRefreshMs);
    await eventually(async () => {
      const answers = await calls(1);
      expect(statuses(answers)).toEqual([200]);
      expect(attempts(answers)).toEqual(['1']);
      return west.arrivals > before;
    });
  });

  test('that is still sick by the check is tried by no client, however long it lasts', async () => {
    await provide({ east: 1, west: 1000 }, { healthCheck });
    await westBreaks();
    west.tells(() => new Response('no', { status: 503 }));
    const before = west.arrivals;
    pass(openMs / 2);
    for (let check = 1; check <= 12; check += 1) {
      await runDurableObjectAlarm(provider());
      pass(everyMs / 2);
      const answers = await calls(2);
      expect(attempts(answers)).toEqual(['1']);
      pass(everyMs / 2);
    }
    expect(await stateOfWest()).toBe('open');
    expect(west.gets.filter(({ url }) => url.pathname === '/v1/models')).toHaveLength(12);
    expect(west.arrivals).toBe(before);
  });

  test('is avoided by calls that ProviderHealth keeps waiting for ever', async () => {
    await provide({ east: 1, west: 1000 }, { healthCheck });
    await westBreaks();
    const silent = interceptedEnv(async () => Promise.withResolvers<never>().promise, ['PROVIDER_HEALTH']);
    pass(healthRefreshMs);
    const before = west.arrivals;
    for (let call = 0; call < 5; call += 1)
      expect(await chat(key, body, { env: silent })).toMatchObject({ status: 200 });
    expect(west.arrivals).toBe(before);
  });
});

describe('models that a provider no longer lists', () => {
  test('are shown to admins, by its own names for them', async () => {
    await provide({ east: 1, west: 1 }, { healthCheck });
    for (const fake of [east, west]) fake.tells(() => Response.json({ data: [{ id: 'another' }] }));
    east.says(failure(503), completion());
    west.says(failure(503), completion());
    // A failure is reported at once.
    await calls(1);
    await eventually(async () => {
      await runDurableObjectAlarm(provider());
      return (await shown())['models'];
    });
    expect(await shown()).toMatchObject({
      models: { checkedAt: expect.stringMatching(/^\d{4}-.*Z$/), listed: 1, missing: [`${east.name}-model`] },
    });
    expect(east.gets.length + west.gets.length).toBe(1);
  });
});
