// Sets the clock.

import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultBreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import { bucketOf } from '../../../src/core/breaker/sources.ts';
import { healthClientOf } from '../../../src/gateway/health/health-client.ts';
import { healthRefreshMs } from '../../../src/limits.ts';
import { type Json, type TestKey, admin, chat, errorOf, eventually, newKey } from '../../support/gateway.ts';
import {
  FakeProvider,
  type Reply,
  completion,
  failure,
  model,
  putCatalog,
  replaceFetch,
} from '../../support/gateway-provider.ts';
import { skipRetryWaits } from '../../support/gateway-time.ts';

/** Whatever one client asks for, and whatever a provider answers to that, the others are served there as before. */

const { failuresInARow } = defaultBreakerConfig;
let fake: FakeProvider;
let ada: TestKey;
let bob: TestKey;
let carol: TestKey;

beforeEach(async () => {
  replaceFetch();
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.spyOn(Math, 'random').mockReturnValue(0);
  skipRetryWaits();
  ada = await newClient();
  bob = await newClient(ada);
  carol = await newClient(ada, bob);
  fake = new FakeProvider();
  const at = (name: string): Json => ({ ...model(fake), targets: [{ provider: fake.name, model: name }] });
  const entry = fake.entry({ healthCheck: { path: '/key' } });
  await putCatalog({ served: model(fake), other: at('other-model'), third: at('third-model') }, { [fake.name]: entry });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Breakers tell clients apart by a few bits of a hash, and ids are random: now and then two clients count as one. */
async function newClient(...others: readonly TestKey[]): Promise<TestKey> {
  const taken = others.map(bucketOfClient);
  for (;;) {
    const key = await newKey();
    if (!taken.includes(bucketOfClient(key))) return key;
  }
}

const bucketOfClient = (key: TestKey): number => bucketOf(healthClientOf(key));

/** Everybody uses it, and it knows of everybody. */
async function inUse(): Promise<void> {
  for (const key of [ada, bob, carol]) expect(await ask(key)).toBe(200);
  vi.setSystemTime(Date.now() + healthRefreshMs);
  expect(await ask(bob)).toBe(200);
  await eventually(async () => (await callsKnown()) > 2);
}

async function ask(key: TestKey, name = 'served', content = 'Hi'): Promise<number> {
  const body: Json = { model: name, max_completion_tokens: 20, messages: [{ role: 'user', content }] };
  return (await chat(key, body)).status;
}

const health = () => env.PROVIDER_HEALTH.getByName(fake.name);
const troubled = async (): Promise<string[]> => (await health().snapshot()).troubled.map(({ key }) => key);

async function callsKnown(key = `model:${fake.name}-model`): Promise<number> {
  const { breakers } = await health().describe();
  return breakers.find((breaker) => breaker.key === key)?.calls ?? 0;
}

async function shown(): Promise<Json[]> {
  const { providers } = (await admin('GET', '/admin/health')) as { providers: Record<string, Json> };
  return providers[fake.name]?.['cooldowns'] as Json[];
}

/** Whether a call goes nowhere. */
async function isKeptAway(key: TestKey, name?: string): Promise<boolean> {
  const before = fake.arrivals;
  expect(await ask(key, name)).toBe(502);
  return fake.arrivals === before;
}

/** Rings the alarm, which the platform does by its own clock. Where the provider is, it learns from the next report. */
async function checked(): Promise<void> {
  vi.setSystemTime(Date.now() + healthRefreshMs);
  await ask(carol, 'other');
  await eventually(async () => (await runDurableObjectAlarm(health())) || fake.gets.length > 0);
  await eventually(() => fake.gets.length === 1);
}

/** Answers so to a prompt that has the word. */
const to = (word: string, reply: Reply): void => {
  fake.says((call) => (JSON.stringify(call.json).includes(word) ? reply : completion())(call));
};

describe('a client', () => {
  test('that is answered with a firewall’s page has the provider kept from nobody, itself included', async () => {
    const page = () =>
      new Response('<html>Access denied</html>', { status: 403, headers: { 'content-type': 'text/html' } });
    to('poison', page);
    for (const key of [ada, bob]) {
      const answer = await chat(key, { model: 'served', messages: [{ role: 'user', content: 'poison' }] });
      expect(errorOf(answer)).toMatchObject({ status: 403, code: 'permission_denied' });
    }
    expect(await Promise.all([ask(ada), ask(bob), ask(carol)])).toEqual([200, 200, 200]);
    expect(await shown()).toEqual([]);
  });

  test('that is forbidden something in words nobody knows has it kept from nobody', async () => {
    to('poison', failure(403, { message: 'We do not do that here.', code: 'policy' }));
    expect(await ask(ada, 'served', 'poison')).toBe(502);
    await eventually(async () => (await shown()).length === 1);
    await checked();
    await eventually(async () => (await shown()).length === 0);
    expect(await ask(bob, 'served', 'poison')).toBe(502);
    expect(await Promise.all([ask(ada), ask(bob), ask(carol)])).toEqual([200, 200, 200]);
  });

  test('that asks for more than a rate allows has it kept from itself, and only for that model', async () => {
    to('large', failure(429, { message: 'Request too large' }, { 'retry-after': '50' }));
    expect(await ask(ada, 'served', 'large')).toBe(429);
    expect(await Promise.all([ask(ada), ask(ada, 'other'), ask(bob)])).toEqual([429, 200, 200]);
  });

  test('that pins names which nobody lists opens nothing but what it named', async () => {
    fake.says((call) => (String(call.json['model']).startsWith('none') ? failure(500) : completion())(call));
    for (let call = 0; call < 2 * failuresInARow; call += 1) {
      expect(await ask(ada, `${fake.name}/none-${call % 2}`)).toBeGreaterThan(499);
    }
    await eventually(async () => (await troubled()).length === 2);
    expect(await troubled()).toEqual(['model:none-0', 'model:none-1']);
    expect(await ask(bob)).toBe(200);
  });

  test('whose prompt fails every time opens nothing that others use', async () => {
    await inUse();
    to('poison', failure(500));
    for (const name of ['served', 'other']) {
      for (let call = 0; call < 2 * failuresInARow; call += 1) {
        expect(await ask(ada, name, 'poison')).toBe(name === 'other' && call >= failuresInARow ? 503 : 502);
      }
    }
    await eventually(async () => (await callsKnown()) >= 2 * failuresInARow);
    // The other model nobody else has used.
    await eventually(async () => (await troubled()).join() === 'model:other-model');
    expect(await ask(bob)).toBe(200);
  });
});

test('one call that fails counts once, however often it was repeated', async () => {
  fake.says(failure(503));
  for (let call = 1; call < failuresInARow; call += 1) await ask(ada);
  expect(fake.arrivals).toBeGreaterThan(failuresInARow);
  expect(await troubled()).toEqual([]);
  await ask(ada);
  await eventually(async () => (await troubled()).length > 0);
});

describe('a credential that was revoked', () => {
  const revoked = (): void => {
    fake.says(failure(401, { message: 'Invalid token' }));
    fake.tells(() => new Response('no', { status: 401 }));
  };

  test('is out for all as soon as the first call has shown it, by a check of our own', async () => {
    await inUse();
    revoked();
    expect(await ask(ada)).toBe(502);
    await eventually(async () => (await shown()).length > 0);
    await checked();
    await eventually(async () => (await shown()).some((cooldown) => cooldown['model'] === undefined));
    expect(await shown()).toContainEqual({
      credential: 'default',
      reason: 'unauthorized',
      forMs: expect.any(Number),
      until: expect.any(String),
    });
    vi.setSystemTime(Date.now() + healthRefreshMs);
    await eventually(async () => isKeptAway(bob));
    expect(await isKeptAway(carol, 'third')).toBe(true);
  });

  test('is out for a model after calls of two clients, where no check can be made', async () => {
    await admin('PATCH', '/admin/catalog', { providers: { [fake.name]: { healthCheck: null } } });
    await inUse();
    revoked();
    expect(await ask(ada)).toBe(502);
    expect(await ask(bob)).toBe(502);
    await eventually(async () => {
      const [first, ...others] = await shown();
      return others.length === 0 && first !== undefined && first['ofOneClient'] === undefined;
    });
    await eventually(async () => isKeptAway(carol));
    expect(await isKeptAway(carol, 'other')).toBe(false);
  });
});
