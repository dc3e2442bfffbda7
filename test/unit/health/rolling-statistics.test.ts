import { expect, test } from 'vitest';
import { RollingStatistics } from '../../../src/health/rolling-statistics.ts';

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
