import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  countLatency,
  newLatencyHistogram,
  percentilesOf,
} from '../../../src/actors/provider-health/latency-histogram.ts';

const histogramOf = (latencies: readonly number[]) => {
  const histogram = newLatencyHistogram();
  for (const latencyMs of latencies) countLatency(histogram, latencyMs);
  return histogram;
};

test('percentiles are within 5 % of the true ones, from a millisecond to an hour', () => {
  const latencies = fc.array(fc.double({ min: 1, max: 3_600_000, noNaN: true }), {
    minLength: 1,
    maxLength: 500,
    size: 'max',
  });
  fc.assert(
    fc.property(latencies, (values) => {
      const sorted = values.toSorted((one, other) => one - other);
      const trueAt = (share: number) => sorted[Math.ceil(values.length * share) - 1] ?? 0;
      const found = percentilesOf([histogramOf(values)]);
      for (const [foundMs, trueMs] of [
        [found?.p50Ms ?? 0, trueAt(0.5)],
        [found?.p95Ms ?? 0, trueAt(0.95)],
        [found?.p99Ms ?? 0, trueAt(0.99)],
      ] as const) {
        expect(Math.abs(foundMs - trueMs) / trueMs).toBeLessThan(0.05);
      }
    }),
  );
});

test('percentiles of several histograms are those of all they have counted', () => {
  const slow = histogramOf(Array.from({ length: 10 }, () => 1000));
  const quick = histogramOf(Array.from({ length: 90 }, () => 10));
  const both = histogramOf([...Array.from({ length: 10 }, () => 1000), ...Array.from({ length: 90 }, () => 10)]);
  expect(percentilesOf([slow, quick])).toEqual(percentilesOf([both]));
  expect(percentilesOf([slow, quick])?.p50Ms).toBeLessThan(11);
  expect(percentilesOf([slow, quick])?.p95Ms).toBeGreaterThan(950);
});

test('percentiles of nothing are null', () => {
  expect(percentilesOf([])).toBeNull();
  expect(percentilesOf([newLatencyHistogram()])).toBeNull();
});

test('durations beyond its range count as the nearest it knows', () => {
  const found = percentilesOf([histogramOf([0, 1e12])]);
  expect(found?.p50Ms).toBeCloseTo(1.04, 1);
  expect(found?.p99Ms).toBeGreaterThan(3_600_000);
});
