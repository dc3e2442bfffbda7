import { othersInUseMs } from '../../limits.ts';

/**
 * A source of calls is a client, a model or an endpoint. A few bits of a hash tell sources apart, so that the memory
 * for them is bounded; two sources in one bucket count as one.
 */
const bucketCount = 32;

/** Calls by bucket, for one kind of source. */
export interface SourceCounts {
  readonly calls: readonly number[];
  readonly failures: readonly number[];
}

/** The source of one call. */
export interface Source {
  readonly bucket: number;
  /** Whether there were others in the last hour: then the failures of this source alone must not open a breaker. */
  readonly isShared: boolean;
}

const none: readonly number[] = Array.from({ length: bucketCount }, () => 0);
export const noSourceCounts: SourceCounts = { calls: none, failures: none };

export function bucketOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 16)) & (bucketCount - 1);
}

export function countSource({ calls, failures }: SourceCounts, bucket: number, hasFailed: boolean): SourceCounts {
  return { calls: oneMoreAt(calls, bucket), failures: hasFailed ? oneMoreAt(failures, bucket) : failures };
}

/** The calls of all buckets but the one with the most failures. */
export function countsOfOthers(all: readonly SourceCounts[]): { readonly calls: number; readonly failures: number } {
  const calls = sums(all.map((each) => each.calls));
  const failures = sums(all.map((each) => each.failures));
  const worst = failures.indexOf(Math.max(...failures));
  const sum = (counts: readonly number[]) =>
    counts.reduce((total, count, bucket) => (bucket === worst ? total : total + count), 0);
  return { calls: sum(calls), failures: sum(failures) };
}

/** When each bucket was last used. */
export class RecentUse {
  readonly #lastMs: number[];

  constructor(record: readonly number[] = []) {
    this.#lastMs = none.map((never, bucket) => record[bucket] ?? never);
  }

  note(bucket: number, nowMs: number): void {
    this.#lastMs[bucket] = nowMs;
  }

  /** Whether there was more than one bucket of late. */
  isShared(nowMs: number): boolean {
    return this.#lastMs.filter((atMs) => atMs > 0 && nowMs - atMs < othersInUseMs).length > 1;
  }

  toRecord(): number[] {
    return [...this.#lastMs];
  }
}

function oneMoreAt(counts: readonly number[], bucket: number): readonly number[] {
  return counts.map((count, at) => (at === bucket ? count + 1 : count));
}

function sums(all: readonly (readonly number[])[]): readonly number[] {
  return none.map((_, bucket) => all.reduce((sum, counts) => sum + (counts[bucket] ?? 0), 0));
}
