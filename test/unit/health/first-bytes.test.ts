import { expect, test } from 'vitest';
import { defaultBreakerConfig as config } from '../../../src/core/breaker/breaker-config.ts';
import { ProviderMemory } from '../../../src/gateway/health/provider-memory.ts';
import { ProviderBreakers } from '../../../src/actors/provider-health/provider-breakers.ts';
import { HealthMemory } from '../../../src/gateway/health/router-health.ts';
import { healthRefreshMs } from '../../../src/limits.ts';
import { ended, times } from './breakers-support.ts';

test('a snapshot tells the middle time to the first byte of each model that has one', () => {
  const breakers = new ProviderBreakers(undefined, undefined, 0);
  const fast = { latencyMs: 9000, firstByteMs: 200 };
  breakers.report(times(5, ended('success', 'main', 'fast', fast)), 0, 1000, config);
  breakers.report([ended('success', 'main', 'fast', { firstByteMs: 90_000 })], 0, 1000, config);
  breakers.report([ended('failure', 'main', 'failing', { latencyMs: 3 })], 0, 1000, config);
  const { firstBytes } = breakers.snapshot(1000);
  expect(firstBytes).toEqual([{ key: 'model:fast', p50Ms: expect.any(Number) }]);
  expect(firstBytes?.[0]?.p50Ms).toBeGreaterThan(190);
  expect(firstBytes?.[0]?.p50Ms).toBeLessThan(210);
});

test('it is worked out once for all routers that ask at about the same time, and anew for those that ask later', () => {
  const breakers = new ProviderBreakers(undefined, undefined, 0);
  const report = (firstByteMs: number, nowMs: number): void =>
    breakers.report(times(20, ended('success', 'main', 'model', { firstByteMs })), 0, nowMs, config);
  report(100, 1000);
  const first = breakers.snapshot(1000).firstBytes;
  report(5000, 1001);
  report(5000, 1001);
  expect(breakers.snapshot(1000 + healthRefreshMs - 1).firstBytes).toEqual(first);
  expect(breakers.snapshot(1000 + healthRefreshMs).firstBytes).not.toEqual(first);
});

test('what was measured more than five minutes ago is not told any more, and a reset forgets it at once', () => {
  const breakers = new ProviderBreakers(undefined, undefined, 0);
  breakers.report([ended('success', 'main', 'model', { firstByteMs: 100 })], 0, 1000, config);
  expect(breakers.snapshot(60_000).firstBytes).toHaveLength(1);
  expect(breakers.snapshot(1000 + 6 * 60_000).firstBytes).toBeUndefined();
  breakers.report([ended('success', 'main', 'model', { firstByteMs: 100 })], 0, 400_000, config);
  expect(breakers.snapshot(410_000).firstBytes).toHaveLength(1);
  breakers.reset(410_001);
  expect(breakers.snapshot(410_001).firstBytes).toBeUndefined();
});

test('a router knows of a model what the last snapshot said, and nothing of a release that said nothing', () => {
  const memory = new ProviderMemory();
  const nothingWrong = { troubled: [], cooldowns: [] };
  memory.receive(memory.ask(), { ...nothingWrong, firstBytes: [{ key: 'model:m', p50Ms: 250 }] }, 0);
  expect(memory.firstByteMs('m')).toBe(250);
  expect(memory.firstByteMs('other')).toBeUndefined();
  memory.receive(memory.ask(), nothingWrong, 0);
  expect(memory.firstByteMs('m')).toBeUndefined();
  expect(new HealthMemory().firstByteMs('provider', 'm')).toBeUndefined();
});
