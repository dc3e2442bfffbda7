// Sets the clock.

import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultBreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import type { Outcome } from '../../../src/core/breaker/breaker.ts';
import type { HealthReport } from '../../../src/actors/provider-health/health-messages.ts';
import type { ProviderHealth } from '../../../src/actors/provider-health/provider-health.ts';
import { HealthMemory, RouterHealth } from '../../../src/gateway/health/router-health.ts';

const config = defaultBreakerConfig;
const startMs = Date.UTC(2026, 10, 20);
let providers = 0;
let provider: DurableObjectStub<ProviderHealth>;

const ended = (outcome: Outcome, rest: Partial<HealthReport> = {}): HealthReport => ({
  endpoint: 'main',
  model: 'model',
  outcome,
  elapsedMs: 0,
  ...rest,
});

const fiveFailures = Array.from({ length: 5 }, () => ended('failure'));

/** The clock stands still unless a test moves it: the object reads the same one. */
const at = (ms: number): void => void vi.setSystemTime(startMs + ms);

const recordOnDisk = async (): Promise<unknown> =>
  runInDurableObject(provider, (_instance, state) =>
    state.storage.sql.exec(`SELECT record FROM records WHERE name = 'health'`).toArray(),
  );

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  at(0);
  providers += 1;
  provider = env.PROVIDER_HEALTH.getByName(`provider-${providers}`);
});
afterEach(() => void vi.useRealTimers());

describe('at the moment of recovery', () => {
  test('a hundred concurrent callers send exactly one probe', async () => {
    await provider.report(fiveFailures, 0, config);
    at(30_000);
    const answers = await Promise.all(Array.from({ length: 100 }, async () => provider.claim('main', 'model', config)));
    const kinds = answers.map(({ decision }) => decision.kind);
    expect(kinds.filter((kind) => kind === 'granted')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'refused')).toHaveLength(99);
  });

  test('a hundred concurrent requests in ten isolates send exactly one probe', async () => {
    const background: Promise<void>[] = [];
    const isolates = Array.from({ length: 10 }, () => {
      return new RouterHealth(new HealthMemory(), {
        provider: () => provider,
        breakerConfig: () => config,
        site: () => undefined,
        waitUntil: (work) => void background.push(work),
        nowMs: () => Date.now(),
        sleep: async (ms) => scheduler.wait(ms),
        onProblem: (_provider, error) => {
          throw error;
        },
      });
    });
    await provider.report(fiveFailures, 0, config);
    for (const isolate of isolates) isolate.view('provider');
    await Promise.all(background);
    at(30_000);
    const passes = await Promise.all(
      isolates.flatMap((isolate) => Array.from({ length: 10 }, async () => isolate.enter('provider', 'main', 'model'))),
    );
    expect(passes.filter((pass) => pass.kind === 'go')).toHaveLength(1);
    expect(passes.filter((pass) => pass.kind === 'refused')).toHaveLength(99);
    await Promise.all(background);
  });

  test('two successful probes, one after the other, close the breaker', async () => {
    await provider.report(fiveFailures, 0, config);
    at(30_000);
    for (let probe = 0; probe < 2; probe += 1) {
      const { decision } = await provider.claim('main', 'model', config);
      const claim = decision.kind === 'granted' ? decision.claim : undefined;
      expect(claim).toBeDefined();
      await provider.report([ended('success', { claim })], 0, config);
    }
    expect((await provider.claim('main', 'model', config)).decision).toEqual({ kind: 'closed' });
  });

  test('the claim of a dead prober expires, and another is granted', async () => {
    await provider.report(fiveFailures, 0, config);
    at(30_000);
    expect((await provider.claim('main', 'model', config)).decision.kind).toBe('granted');
    at(89_999);
    expect((await provider.claim('main', 'model', config)).decision.kind).toBe('refused');
    at(90_000);
    expect((await provider.claim('main', 'model', config)).decision.kind).toBe('granted');
  });
});

describe('an eviction', () => {
  test('does not close an open breaker', async () => {
    await provider.report(fiveFailures, 0, config);
    await evictDurableObject(provider);
    at(1000);
    expect((await provider.snapshot()).troubled).toEqual([{ key: 'model:model', state: 'open', retryInMs: 29_000 }]);
  });

  test('does not let a second probe out', async () => {
    await provider.report(fiveFailures, 0, config);
    at(30_000);
    expect((await provider.claim('main', 'model', config)).decision.kind).toBe('granted');
    await evictDurableObject(provider);
    expect((await provider.claim('main', 'model', config)).decision.kind).toBe('refused');
  });

  test('does not let a credential back in', async () => {
    await provider.coolDown('KEY', 3_600_000, 'unauthorized');
    await evictDurableObject(provider);
    at(600_000);
    expect((await provider.snapshot()).cooldowns).toEqual([
      { credential: 'KEY', forMs: 3_000_000, reason: 'unauthorized' },
    ]);
  });

  test('with a record that this version can not read starts afresh', async () => {
    await provider.report(fiveFailures, 0, config);
    await runInDurableObject(provider, (_instance, state) => {
      state.storage.sql.exec('UPDATE records SET record = ?', '{"version":999}');
    });
    await evictDurableObject(provider);
    expect((await provider.snapshot()).troubled).toEqual([]);
  });
});

test('a batch of reports is taken in at once, in its order, and described', async () => {
  const snapshot = await provider.report(
    [...fiveFailures.slice(1), ended('success', { latencyMs: 200 }), ...fiveFailures.slice(1)],
    2,
    config,
  );
  expect(snapshot).toEqual({ troubled: [], cooldowns: [] });
  const { breakers, lostReports } = await provider.describe();
  expect(lostReports).toBe(2);
  expect(breakers.map(({ key, calls, failures }) => ({ key, calls, failures }))).toEqual([
    { key: 'endpoint:main', calls: 9, failures: 8 },
    { key: 'model:model', calls: 9, failures: 8 },
  ]);
});

test('nothing is written for successes, and one row for whatever changes', async () => {
  await provider.report([ended('success')], 0, config);
  expect(await recordOnDisk()).toEqual([]);
  await provider.report(fiveFailures, 0, config);
  const written = await recordOnDisk();
  expect(written).toHaveLength(1);
  at(1000);
  await provider.report(fiveFailures, 0, config);
  expect(await recordOnDisk()).toEqual(written);
});

test('an eviction costs no more than the last seconds of the statistics', async () => {
  await provider.report([ended('success', { latencyMs: 200 })], 0, config);
  at(5000);
  await provider.report([ended('success', { latencyMs: 200 })], 0, config);
  await evictDurableObject(provider);
  expect((await provider.describe()).breakers).toMatchObject([
    { key: 'endpoint:main', calls: 1 },
    { key: 'model:model' },
  ]);
});

test('a reset closes the breakers and lets the credentials back in, for good', async () => {
  await provider.report(fiveFailures, 0, config);
  await provider.coolDown('KEY', 3_600_000, 'forbidden');
  expect(await provider.reset()).toEqual({ troubled: [], cooldowns: [] });
  await evictDurableObject(provider);
  expect(await provider.snapshot()).toEqual({ troubled: [], cooldowns: [] });
  expect((await provider.claim('main', 'model', config)).decision).toEqual({ kind: 'closed' });
  expect((await provider.describe()).breakers).toEqual([]);
});

test('a router of a release that knows fewer settings gets the defaults for the others', async () => {
  const { failuresInARow, ...fewer } = config;
  expect(failuresInARow).toBe(5);
  // The cast stands for the older release, whose type had no such field.
  await provider.report(fiveFailures.slice(1), 0, fewer as typeof config);
  expect((await provider.snapshot()).troubled).toEqual([]);
  await provider.report([ended('failure')], 0, fewer as typeof config);
  expect((await provider.snapshot()).troubled).toHaveLength(1);
});
