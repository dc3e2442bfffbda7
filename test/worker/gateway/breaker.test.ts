// Sets the clock.

import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultBreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import { type Answer, type Json, chat, errorOf, eventually, newKey, send, standing } from '../../support/gateway.ts';
import {
  type FakeProvider,
  Gate,
  completion,
  failure,
  replaceFetch,
  servedBy,
  servedByOne,
} from '../../support/gateway-provider.ts';
import { skipRetryWaits } from '../../support/gateway-time.ts';

const { failuresInARow, openMs, successesToClose } = defaultBreakerConfig;
const body: Json = { model: 'served' };

beforeEach(() => {
  replaceFetch();
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.spyOn(Math, 'random').mockReturnValue(0);
  skipRetryWaits();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const stateOf = async ({ name }: FakeProvider): Promise<unknown> => {
  const { json } = await send(undefined);
  return (json['providers'] as Json)[name];
};

/** A provider that fails until its breaker is open, here and in its object. */
async function broken(): Promise<FakeProvider> {
  const fake = await servedByOne();
  fake.says(failure(503));
  const key = await newKey();
  for (let call = 0; call < failuresInARow; call += 1) await chat(key, body);
  await eventually(async () => (await stateOf(fake)) === 'open');
  return fake;
}

describe('a provider that fails again and again', () => {
  test('is left alone, and clients are told when to come back', async () => {
    const fake = await broken();
    const before = fake.arrivals;
    const key = await newKey({ limits: [{ metric: 'requests', per: 'total', max: 5 }] });
    const answer = await chat(key, body);
    expect(errorOf(answer)).toMatchObject({ status: 503, type: 'api_error', code: 'provider_unavailable' });
    expect(Number(answer.headers.get('retry-after-ms'))).toBeGreaterThan(0);
    expect(Number(answer.headers.get('retry-after-ms'))).toBeLessThanOrEqual(openMs);
    expect(answer.headers.get('x-should-retry')).toBe('true');
    expect(fake.arrivals).toBe(before);
    expect(await standing(key)).toEqual({ posted: 0, held: 0 });
  });

  test('is passed over where another serves the model', async () => {
    const [first, next] = await servedBy(2);
    first?.says(failure(503));
    for (let call = 0; call < failuresInARow; call += 1)
      expect(await chat(await newKey(), body)).toMatchObject({ status: 200 });
    await eventually(async () => first !== undefined && (await stateOf(first)) === 'open');
    const before = first?.arrivals;
    const answer = await chat(await newKey(), body);
    expect(answer.headers.get('x-gateway-attempts')).toBe('1');
    expect(answer.headers.get('x-gateway-provider')).toBe(next?.name);
    expect(first?.arrivals).toBe(before);
  });

  test('makes /health say that it is degraded, and an admin can let it try again at once', async () => {
    const fake = await broken();
    expect((await send(undefined)).json).toMatchObject({
      status: 'degraded',
      providers: { [fake.name]: 'open', echo: 'closed' },
    });
    await env.PROVIDER_HEALTH.getByName(fake.name).reset();
    vi.setSystemTime(Date.now() + 6000);
    await eventually(async () => (await stateOf(fake)) === 'closed');
    fake.says(completion());
    expect(await chat(await newKey(), body)).toMatchObject({ status: 200 });
  });
});

describe('at the moment of recovery', () => {
  test('a hundred concurrent requests send exactly one to the provider', async () => {
    const fake = await broken();
    const before = fake.arrivals;
    const gate = new Gate();
    fake.says(gate.before(completion()));
    vi.setSystemTime(Date.now() + openMs);
    const key = await newKey();
    // Who calls an account that its isolate does not know may have to wait for that.
    await send(key.key, { path: '/v1/usage' });
    const calls = Array.from({ length: 100 }, async () => chat(key, body));
    let refused = 0;
    for (const call of calls) void call.then(({ status }) => (refused += status === 503 ? 1 : 0));
    await eventually(() => refused === 99 && fake.arrivals === before + 1);
    gate.open();
    const answers: Answer[] = await Promise.all(calls);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(
      answers.filter(({ status }) => status === 503).every((answer) => answer.headers.get('retry-after') === '1'),
    ).toBe(true);
  });

  test('a probe that succeeds is followed by another, and then by everybody', async () => {
    const fake = await broken();
    fake.says(completion());
    vi.setSystemTime(Date.now() + openMs);
    const key = await newKey();
    let served = 0;
    await eventually(async () => {
      served += (await chat(key, body)).status === 200 ? 1 : 0;
      return served >= successesToClose;
    });
    await eventually(async () => (await stateOf(fake)) === 'closed');
    const answers = await Promise.all(Array.from({ length: 20 }, async () => chat(key, body)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  });

  test('a probe that fails leaves it alone for twice as long', async () => {
    const fake = await broken();
    vi.setSystemTime(Date.now() + openMs);
    const key = await newKey();
    await chat(key, body);
    const before = fake.arrivals;
    await eventually(async () => (await stateOf(fake)) === 'open');
    vi.setSystemTime(Date.now() + openMs);
    const answer = await chat(key, body);
    expect(errorOf(answer)).toMatchObject({ status: 503, code: 'provider_unavailable' });
    expect(Number(answer.headers.get('retry-after-ms'))).toBeLessThanOrEqual(openMs);
    expect(fake.arrivals).toBe(before);
  });
});

describe('what is no failure of the provider', () => {
  test.each([400, 404, 422, 429, 401])('(%i) never opens its breaker', async (status) => {
    const fake = await servedByOne();
    fake.says(failure(status));
    const key = await newKey();
    for (let call = 0; call <= failuresInARow; call += 1) {
      await chat(key, body);
      // A credential that is cooling down keeps calls away as well.
      vi.setSystemTime(Date.now() + 61 * 60_000);
    }
    expect(await stateOf(fake)).toBe('closed');
    fake.says(completion());
    expect(await chat(key, body)).toMatchObject({ status: 200 });
  });
});
