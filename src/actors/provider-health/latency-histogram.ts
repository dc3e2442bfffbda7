/**
 * Counts of durations in buckets whose bounds grow by a factor of 2^(1/8). A percentile is the middle of its bucket, to
 * three digits: within 5 % of the true one for durations from 1 ms to an hour. Shorter ones count as 1 ms, longer ones
 * as an hour. It takes 704 bytes, however many durations it has seen.
 */
export type LatencyHistogram = Uint32Array;

export interface Percentiles {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

const bucketsPerDoubling = 8;
const buckets = 176; // 22 doublings: 2^22 ms is 70 minutes, and no call runs longer than an hour.

export function newLatencyHistogram(): LatencyHistogram {
  return new Uint32Array(buckets);
}

export function countLatency(histogram: LatencyHistogram, latencyMs: number): void {
  const bucket = Math.floor(Math.log2(Math.max(latencyMs, 1)) * bucketsPerDoubling);
  const index = Math.min(bucket, buckets - 1);
  histogram[index] = (histogram[index] ?? 0) + 1;
}

/** The percentiles of all the histograms together; null if they have counted nothing. */
export function percentilesOf(histograms: readonly LatencyHistogram[]): Percentiles | null {
  const sums = Array.from({ length: buckets }, (_, index) =>
    histograms.reduce((sum, histogram) => sum + (histogram[index] ?? 0), 0),
  );
  const total = sums.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const at = (share: number): number => {
    const rank = Math.ceil(total * share);
    let seen = 0;
    const bucket = sums.findIndex((count) => (seen += count) >= rank);
    return Number((2 ** ((bucket + 0.5) / bucketsPerDoubling)).toPrecision(3));
  };
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

/** The buckets that have counted anything, as [bucket, count] pairs. */
export function sparseOf(histogram: LatencyHistogram): [bucket: number, count: number][] {
  return [...histogram.entries()].filter(([, count]) => count > 0);
}

export function histogramOf(sparse: readonly (readonly [bucket: number, count: number])[]): LatencyHistogram {
  const histogram = newLatencyHistogram();
  for (const [bucket, count] of sparse) histogram[bucket] = count;
  return histogram;
}
