import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { retriesPerMinuteLeast } from '../../../src/limits.ts';
import { type Json, chat, errorOf, newKey } from '../../support/gateway.ts';
import {
  FakeProvider,
  completion,
  failure,
  model,
  putCatalog,
  replaceFetch,
  servedBy,
} from '../../support/gateway-provider.ts';
import { skipRetryWaits } from '../../support/gateway-time.ts';

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

const body: Json = { model: 'served', max_completion_tokens: 20 };

/** One provider with two endpoints, of which the first is called first by the seed that these tests have. */
async function twoEndpoints(): Promise<[FakeProvider, FakeProvider]> {
  const [east, west] = [new FakeProvider(), new FakeProvider()];
  const endpoints = [west, east].map((fake) => ({ name: fake.name, baseUrl: `https://${fake.host}/v1` }));
  await putCatalog({ served: model(east) }, { [east.name]: { kind: 'openai', endpoints } });
  return [east, west];
}

describe('another endpoint of the same target', () => {
  test('is asked at once when one fails, without a wait and before the same one again', async () => {
    const [first, other] = await twoEndpoints();
    first.says(failure(503), completion());
    const answer = await chat(await newKey(), body);
    expect(answer).toMatchObject({ status: 200 });
    expect([first.arrivals, other.arrivals]).toEqual([1, 1]);
    expect(answer.headers.get('x-gateway-attempts')).toBe('2');
    expect(waits).toEqual([]);
  });

  test('is the last that is tried: there, waits begin', async () => {
    const [first, other] = await twoEndpoints();
    first.says(failure(503));
    other.says(failure(503), failure(503), completion());
    expect(await chat(await newKey(), body)).toMatchObject({ status: 200 });
    expect([first.arrivals, other.arrivals]).toEqual([1, 3]);
    expect(waits).toHaveLength(2);
  });
});

describe('the retry budget of a provider', () => {
  test('ends the repeats of calls that all fail, and not the calls', async () => {
    const [fake] = await servedBy(1, { breaker: { failuresInARow: 1000, callsToJudge: 1000 } });
    fake?.says(failure(503));
    const key = await newKey();
    const calls = 6;
    for (let call = 0; call < calls; call += 1) {
      expect(errorOf(await chat(key, body))).toMatchObject({ status: 502, code: 'provider_error' });
    }
    expect(fake?.arrivals).toBe(calls + retriesPerMinuteLeast);
  });

  test('does not keep a call from another provider', async () => {
    const [first, next] = await servedBy(2, { breaker: { failuresInARow: 1000, callsToJudge: 1000 } });
    first?.says(failure(503));
    const key = await newKey();
    const calls = 8;
    for (let call = 0; call < calls; call += 1) expect(await chat(key, body)).toMatchObject({ status: 200 });
    expect(first?.arrivals).toBe(calls + retriesPerMinuteLeast);
    expect(next?.arrivals).toBe(calls);
  });
});
