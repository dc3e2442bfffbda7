import { type Breaker, closedBreaker, standingOf } from '../../core/breaker/breaker.ts';
import { type BreakerConfig, defaultBreakerConfig } from '../../core/breaker/breaker-config.ts';
import type { BreakerRecord, StatisticsRecord } from './health-record.ts';
import { RollingStatistics } from './rolling-statistics.ts';
import { RecentUse, type Source, bucketOf } from '../../core/breaker/sources.ts';

/** The breaker of an endpoint or a model, its recent calls, and their sources. */
export class Tracked {
  breaker: Breaker;
  /** Whether the catalog has it. Anybody can name other models. */
  isListed = true;
  readonly statistics: RollingStatistics;
  readonly #clients: RecentUse;
  readonly #others: RecentUse;

  constructor(sinceMs: number, nowMs: number, config: BreakerConfig, record?: StatisticsRecord) {
    this.breaker = closedBreaker(sinceMs, nowMs, config);
    this.statistics = new RollingStatistics(nowMs, record);
    this.#clients = new RecentUse(record?.users?.clients);
    this.#others = new RecentUse(record?.users?.others);
  }

  /**
   * Notes a call, and answers its sources.
   * @param other the model, if this is an endpoint; the endpoint, if this is a model; undefined if the model is
   * unlisted
   */
  sourcesOf(client: string, other: string | undefined, nowMs: number): Source[] {
    const byClient = noteUse(this.#clients, client, nowMs);
    return other === undefined ? [byClient] : [byClient, noteUse(this.#others, other, nowMs)];
  }

  /** In how long a call may start, or probe. */
  retryInMs(nowMs: number): number {
    const standing = standingOf(this.breaker, nowMs);
    return standing.kind === 'open' ? standing.retryAtMs - nowMs : 0;
  }

  toStatisticsRecord(): StatisticsRecord {
    const users = { clients: this.#clients.toRecord(), others: this.#others.toRecord() };
    return { ...this.statistics.toRecord(), users };
  }
}

function noteUse(use: RecentUse, name: string, nowMs: number): Source {
  const bucket = bucketOf(name);
  use.note(bucket, nowMs);
  return { bucket, isShared: use.isShared(nowMs) };
}

export function recordOf(breaker: Breaker): BreakerRecord {
  if (breaker.kind !== 'closed') return breaker;
  const { kind, sinceMs, failuresInARow, failedBuckets } = breaker;
  return { kind, sinceMs, failuresInARow, failedBuckets: [...failedBuckets] };
}

export function restoreBreaker(record: BreakerRecord, nowMs: number): Breaker {
  if (record.kind !== 'closed') return record;
  const { sinceMs, failuresInARow, failedBuckets = [] } = record;
  return { ...closedBreaker(sinceMs, nowMs, defaultBreakerConfig), failuresInARow, failedBuckets };
}
