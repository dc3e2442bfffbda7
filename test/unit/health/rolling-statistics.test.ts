import { expect, test } from 'vitest';
import { RollingStatistics } from '../../../src/actors/provider-health/rolling-statistics.ts';

const call = { latencyMs: 100, firstByteMs: undefined } as const;

test('the error rate is the share of failures among the calls that say something', () => {
  const statistics = new RollingStatistics(0);
  for (const outcome of ['success', 'failure', 'neutral', 'neutral', 'success', 'success'] as const) {
    statistics.record({ ...call, outcome }, 0);
  }
  expect(statistics.summary(0)).toMatchObject({ calls: 6, failures: 1, neutral: 2, errorRate: 0.25 });
});

test('calls are forgotten five minutes after the minute they ended in began', () => {
  const statistics = new RollingStatistics(0);
  statistics.record({ ...call, outcome: 'failure' }, 59_000);
  statistics.record({ ...call, outcome: 'success' }, 60_000);
  expect(statistics.summary(299_999)).toMatchObject({ calls: 2, errorRate: 0.5 });
  expect(statistics.summary(300_000)).toMatchObject({ calls: 1, errorRate: 0 });
  expect(statistics.summary(360_000)).toMatchObject({ calls: 0, errorRate: 0, latencyMs: null });
});

test('what was not measured is not in the percentiles', () => {
  const statistics = new RollingStatistics(0);
  statistics.record({ ...call, outcome: 'success' }, 0);
  const { latencyMs, firstByteMs } = statistics.summary(0);
  expect(latencyMs?.p50Ms).toBeCloseTo(100, -1);
  expect(firstByteMs).toBeNull();
});

test('a long silence costs nothing and leaves nothing', () => {
  const statistics = new RollingStatistics(0);
  statistics.record({ ...call, outcome: 'failure' }, 0);
  expect(statistics.summary(1e15).calls).toBe(0);
  statistics.record({ ...call, outcome: 'success' }, 1e15);
  expect(statistics.summary(1e15)).toMatchObject({ calls: 1, failures: 0 });
});

test('a record of them says the same, and goes on from there', () => {
  const statistics = new RollingStatistics(0);
  statistics.record({ outcome: 'failure', latencyMs: 700, firstByteMs: 30 }, 0);
  statistics.record({ outcome: 'neutral', latencyMs: undefined, firstByteMs: undefined }, 61_000);
  const restored = new RollingStatistics(500_000, structuredClone(statistics.toRecord()));
  expect(restored.summary(62_000)).toEqual(statistics.summary(62_000));
  restored.record({ ...call, outcome: 'success' }, 310_000);
  expect(restored.summary(310_000)).toMatchObject({ calls: 2, failures: 0, neutral: 1 });
});
