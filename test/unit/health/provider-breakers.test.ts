import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { defaultBreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import { AllStatisticsRecordSchema, HealthRecordSchema } from '../../../src/actors/provider-health/health-record.ts';
import { ProviderBreakers } from '../../../src/actors/provider-health/provider-breakers.ts';
import { breakersPerProviderMax } from '../../../src/limits.ts';
import { ended, evicted, times, troubledKeys } from './breakers-support.ts';

const config = defaultBreakerConfig;

function withOpenModel(nowMs: number): ProviderBreakers {
  const breakers = new ProviderBreakers(undefined, undefined, nowMs);
  breakers.report(times(5, ended('failure', 'main', 'sick')), 0, nowMs, config);
  return breakers;
}

describe('a failure is laid at one door', () => {
  test('one sick model does not take its endpoint away', () => {
    const breakers = withOpenModel(1000);
    expect(troubledKeys(breakers, 1000)).toEqual(['model:sick']);
    expect(breakers.claim('main', 'sick', 'claim', 1000, config).kind).toBe('refused');
    expect(breakers.claim('main', 'well', 'claim', 1000, config).kind).toBe('closed');
  });

  test('calls to a sick model that end after it was taken out do not take its endpoint away either', () => {
    const breakers = withOpenModel(1000);
    breakers.report(times(50, ended('failure', 'main', 'sick', { elapsedMs: 500 })), 0, 1200, config);
    expect(troubledKeys(breakers, 1200)).toEqual(['model:sick']);
  });

  test('failures of several models in a row take the endpoint away, and no model', () => {
    const breakers = new ProviderBreakers(undefined, undefined, 0);
    const models = ['one', 'two', 'three', 'one', 'two'];
    breakers.report(
      models.map((model) => ended('failure', 'main', model)),
      0,
      1000,
      config,
    );
    expect(troubledKeys(breakers, 1000)).toEqual(['endpoint:main']);
  });

  test('an endpoint follows its first model as soon as another one fails on it', () => {
    const breakers = withOpenModel(1000);
    breakers.report([ended('failure', 'main', 'other')], 0, 1001, config);
    expect(troubledKeys(breakers, 1001)).toEqual(['model:sick', 'endpoint:main']);
  });

  test('one sick region of several does not take a model away', () => {
    const breakers = new ProviderBreakers(undefined, undefined, 0);
    breakers.report([ended('success', 'east', 'model')], 0, 1000, config);
    breakers.report(times(5, ended('failure', 'west', 'model')), 0, 1000, config);
    expect(troubledKeys(breakers, 1000)).toEqual(['endpoint:west']);
    expect(breakers.claim('east', 'model', 'claim', 1000, config).kind).toBe('closed');
  });

  test('a model follows its first region as soon as it fails in another', () => {
    const breakers = new ProviderBreakers(undefined, undefined, 0);
    breakers.report([ended('success', 'east', 'other')], 0, 1000, config);
    breakers.report(times(5, ended('failure', 'west', 'model')), 0, 1000, config);
    breakers.report([ended('failure', 'east', 'model')], 0, 1000, config);
    expect(troubledKeys(breakers, 1000).toSorted()).toEqual(['endpoint:west', 'model:model']);
  });
});

describe('a claim', () => {
  test('is granted for both breakers at once, and its probes close both', () => {
    const breakers = withOpenModel(1000);
    breakers.report([ended('failure', 'main', 'other')], 0, 1000, config);
    for (const claim of ['first', 'second']) {
      expect(breakers.claim('main', 'sick', claim, 31_000, config)).toEqual({
        kind: 'granted',
        claim,
        leaseMs: 60_000,
      });
      breakers.report([ended('success', 'main', 'sick', { claim })], 0, 31_000, config);
    }
    expect(troubledKeys(breakers, 31_000)).toEqual([]);
  });

  test('takes no probe of one breaker while the other refuses', () => {
    const breakers = withOpenModel(1000);
    breakers.report([ended('failure', 'main', 'other')], 0, 11_000, config);
    expect(breakers.claim('main', 'sick', 'early', 31_000, config)).toEqual({ kind: 'refused', retryInMs: 10_000 });
    expect(breakers.claim('elsewhere', 'sick', 'first', 31_000, config).kind).toBe('granted');
  });

  test('of one endpoint stands in the way of a call of another model to that endpoint', () => {
    const breakers = withOpenModel(1000);
    breakers.report([ended('failure', 'main', 'other')], 0, 1000, config);
    expect(breakers.claim('main', 'sick', 'first', 31_000, config).kind).toBe('granted');
    expect(breakers.claim('main', 'other', 'second', 31_000, config)).toEqual({ kind: 'refused', retryInMs: 1000 });
  });

  test('that fails reopens what it probed for twice as long', () => {
    const breakers = withOpenModel(1000);
    breakers.claim('main', 'sick', 'first', 31_000, config);
    breakers.report([ended('failure', 'main', 'sick', { claim: 'first' })], 0, 31_000, config);
    expect(breakers.snapshot(31_000).troubled).toEqual([{ key: 'model:sick', state: 'open', retryInMs: 60_000 }]);
  });

  test('of what nobody has ever called needs no probe', () => {
    expect(new ProviderBreakers(undefined, undefined, 0).claim('main', 'model', 'claim', 0, config)).toEqual({
      kind: 'closed',
    });
  });
});

describe('a reset', () => {
  test('closes every breaker and lets every credential back in', () => {
    const breakers = withOpenModel(1000);
    breakers.coolDown('KEY', 3_600_000, 'unauthorized', 1000);
    breakers.reset(2000);
    expect(breakers.snapshot(2000)).toEqual({ troubled: [], cooldowns: [] });
  });

  test('is not undone by calls that began before it', () => {
    const breakers = withOpenModel(1000);
    breakers.reset(2000);
    breakers.report(times(50, ended('failure', 'main', 'sick', { elapsedMs: 600 })), 0, 2500, config);
    expect(troubledKeys(breakers, 2500)).toEqual([]);
    breakers.report(times(5, ended('failure', 'main', 'sick', { elapsedMs: 400 })), 0, 2500, config);
    expect(troubledKeys(breakers, 2500)).toEqual(['model:sick']);
  });

  test('is not undone by them after an eviction either', () => {
    const before = withOpenModel(1000);
    before.reset(2000);
    const { breakers } = evicted(before, 2000);
    breakers.report(times(50, ended('failure', 'main', 'sick', { elapsedMs: 600 })), 0, 2500, config);
    expect(troubledKeys(breakers, 2500)).toEqual([]);
  });
});

describe('the record', () => {
  test('is not written for successes, and is for each step of a failing provider', () => {
    const breakers = new ProviderBreakers(undefined, undefined, 0);
    breakers.report(times(100, ended('success', 'main', 'model')), 0, 0, config);
    expect(breakers.takeRecord(0)).toBeUndefined();
    breakers.report([ended('failure', 'main', 'model')], 0, 0, config);
    expect(breakers.takeRecord(0)).toBeDefined();
    expect(breakers.takeRecord(0)).toBeUndefined();
  });

  test('carries an open breaker, a probe and a cool-down over an eviction', () => {
    const before = withOpenModel(1000);
    before.claim('main', 'sick', 'first', 31_000, config);
    before.coolDown('KEY', 3_600_000, 'forbidden', 31_000);
    const { breakers } = evicted(before, 31_000);
    expect(breakers.snapshot(31_000)).toEqual(before.snapshot(31_000));
    expect(breakers.claim('main', 'sick', 'second', 31_000, config).kind).toBe('refused');
    breakers.report([ended('failure', 'main', 'sick', { claim: 'first' })], 0, 31_000, config);
    expect(breakers.snapshot(31_000).troubled).toEqual([{ key: 'model:sick', state: 'open', retryInMs: 60_000 }]);
  });

  test('of the release before is read, whose failures in a row say not whose they were', () => {
    const record = v.parse(HealthRecordSchema, {
      version: 1,
      reachedMs: 1000,
      resetMs: 0,
      breakers: [['model:model', { kind: 'closed', sinceMs: 0, failuresInARow: 4 }]],
      cooldowns: [['KEY', { untilMs: 2000, reason: 'forbidden' }]],
    });
    const breakers = new ProviderBreakers(record, undefined, 1000);
    breakers.report([ended('failure', 'main', 'model')], 0, 1000, config);
    expect(troubledKeys(breakers, 1000)).toEqual(['model:model']);
    expect(breakers.snapshot(1000).cooldowns).toEqual([{ credential: 'KEY', forMs: 1000, reason: 'forbidden' }]);
  });

  test('carries a streak of failures over the evictions between them, when calls are rare', () => {
    let store = evicted(new ProviderBreakers(undefined, undefined, 0), 0);
    for (let minute = 1; minute <= 5; minute += 1) {
      expect(troubledKeys(store.breakers, minute * 60_000)).toEqual([]);
      store.breakers.report([ended('failure', 'main', 'model')], 0, minute * 60_000, config);
      store = evicted(store.breakers, minute * 60_000);
    }
    expect(troubledKeys(store.breakers, 300_000)).toEqual(['model:model']);
  });
});

test('the number of breakers is bounded: the closed one that was used least recently is forgotten', () => {
  const breakers = withOpenModel(1000);
  const models = Array.from({ length: breakersPerProviderMax + 10 }, (_, index) => `model-${index}`);
  for (const model of models) breakers.report([ended('success', 'main', model)], 0, 1000, config);
  const keys = breakers.describe(1000).breakers.map(({ key }) => key);
  expect(keys).toHaveLength(breakersPerProviderMax);
  expect(keys).toContain('model:sick');
  expect(keys).toContain('endpoint:main');
  expect(keys).toContain(`model:${models.at(-1)}`);
  expect(keys).not.toContain('model:model-0');
});

test('a clock that is set back by an hour neither prolongs nor ends anything', () => {
  const breakers = withOpenModel(10_000_000);
  breakers.coolDown('KEY', 60_000, 'rate-limited', 10_000_000);
  const backMs = 10_000_000 - 3_600_000;
  expect(breakers.snapshot(backMs)).toEqual({
    troubled: [{ key: 'model:sick', state: 'open', retryInMs: 30_000 }],
    cooldowns: [{ credential: 'KEY', reason: 'rate-limited', forMs: 60_000 }],
  });
  expect(breakers.claim('main', 'sick', 'early', backMs + 29_999, config).kind).toBe('refused');
  expect(breakers.claim('main', 'sick', 'first', backMs + 30_000, config).kind).toBe('granted');
});

test('a clock that was set back during an eviction does not keep a breaker open for longer', () => {
  const record = withOpenModel(10_000_000).takeRecord(10_000_000);
  const breakers = new ProviderBreakers(record, undefined, 1000);
  expect(breakers.snapshot(1000).troubled).toEqual([{ key: 'model:sick', state: 'open', retryInMs: 30_000 }]);
  expect(breakers.claim('main', 'sick', 'first', 31_000, config).kind).toBe('granted');
});

test('what routers could not deliver is counted', () => {
  const breakers = new ProviderBreakers(undefined, undefined, 0);
  breakers.report([], 7, 0, config);
  breakers.report([ended('success', 'main', 'model')], 3, 0, config);
  expect(breakers.describe(0).lostReports).toBe(10);
});

test('the description shows rates, counts and latencies for people', () => {
  const breakers = new ProviderBreakers(undefined, undefined, 0);
  breakers.report(
    [
      ...times(9, ended('success', 'main', 'model', { latencyMs: 100, firstByteMs: 20 })),
      ended('failure', 'main', 'model', { latencyMs: 5000 }),
      ended('neutral', 'main', 'model'),
    ],
    0,
    1000,
    config,
  );
  const [endpoint] = breakers.describe(2000).breakers;
  expect(endpoint).toMatchObject({
    key: 'endpoint:main',
    state: 'closed',
    calls: 11,
    failures: 1,
    neutral: 1,
    errorRate: 0.1,
  });
  expect(Math.abs((endpoint?.latencyMs?.p50Ms ?? 0) - 100)).toBeLessThan(5);
  expect(Math.abs((endpoint?.latencyMs?.p99Ms ?? 0) - 5000)).toBeLessThan(250);
  expect(Math.abs((endpoint?.firstByteMs?.p95Ms ?? 0) - 20)).toBeLessThan(1);
});

test('statistics are written every 10 s at most, and survive an eviction', () => {
  const breakers = new ProviderBreakers(undefined, undefined, 100_000);
  breakers.report([ended('success', 'main', 'model', { latencyMs: 100 })], 0, 100_000, config);
  const written = breakers.takeStatistics(100_000);
  expect(breakers.takeStatistics(109_999)).toBeUndefined();
  expect(breakers.takeStatistics(110_000)).toBeDefined();
  const text = JSON.stringify(written);
  const read = v.parse(AllStatisticsRecordSchema, JSON.parse(text));
  expect(new ProviderBreakers(undefined, read, 101_000).describe(101_000)).toEqual(breakers.describe(101_000));
});
