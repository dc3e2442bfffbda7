import type { Outcome } from '../../core/breaker/breaker.ts';
import type { StatisticsRecord } from './health-record.ts';
import {
  countLatency,
  histogramOf,
  newLatencyHistogram,
  percentilesOf,
  sparseOf,
  type LatencyHistogram,
  type Percentiles,
} from './latency-histogram.ts';
import { advancePanes, newTimePanes, type TimePanes } from '../../core/breaker/time-panes.ts';

/** Statistics of the last five minutes, for people and for choosing the fastest. No breaker depends on them. */
export interface StatisticsSummary {
  readonly calls: number;
  readonly failures: number;
  readonly neutral: number;
  /** The share of failures among calls that were not neutral. */
  readonly errorRate: number;
  readonly latencyMs: Percentiles | null;
  readonly firstByteMs: Percentiles | null;
}

interface CallMeasure {
  readonly outcome: Outcome;
  readonly latencyMs: number | undefined;
  readonly firstByteMs: number | undefined;
}

interface Pane {
  calls: number;
  failures: number;
  neutral: number;
  readonly latency: LatencyHistogram;
  readonly firstByte: LatencyHistogram;
}

const paneCount = 5;
const paneMs = 60_000;

const emptyPane = (): Pane => ({
  calls: 0,
  failures: 0,
  neutral: 0,
  latency: newLatencyHistogram(),
  firstByte: newLatencyHistogram(),
});

export class RollingStatistics {
  #window: TimePanes<Pane>;

  constructor(nowMs: number, record?: StatisticsRecord) {
    this.#window = newTimePanes(paneCount, paneMs, nowMs, emptyPane);
    if (record === undefined) return;
    const panes = this.#window.panes.map((empty, index) => {
      const kept = record.panes[index];
      return kept === undefined
        ? empty
        : { ...kept, latency: histogramOf(kept.latency), firstByte: histogramOf(kept.firstByte) };
    });
    this.#window = { paneMs, newestFromMs: record.newestFromMs, panes };
  }

  toRecord(): StatisticsRecord {
    const { newestFromMs, panes } = this.#window;
    return {
      newestFromMs,
      panes: panes.map((pane) => ({
        ...pane,
        latency: sparseOf(pane.latency),
        firstByte: sparseOf(pane.firstByte),
      })),
    };
  }

  record(call: CallMeasure, nowMs: number): void {
    this.#window = advancePanes(this.#window, nowMs, emptyPane);
    const [newest] = this.#window.panes;
    if (newest === undefined) return;
    newest.calls += 1;
    if (call.outcome === 'failure') newest.failures += 1;
    if (call.outcome === 'neutral') newest.neutral += 1;
    if (call.latencyMs !== undefined) countLatency(newest.latency, call.latencyMs);
    if (call.firstByteMs !== undefined) countLatency(newest.firstByte, call.firstByteMs);
  }

  /** The median time to the first byte; undefined if none was measured. */
  firstByteMs(nowMs: number): number | undefined {
    this.#window = advancePanes(this.#window, nowMs, emptyPane);
    return percentilesOf(this.#window.panes.map((pane) => pane.firstByte))?.p50Ms;
  }

  summary(nowMs: number): StatisticsSummary {
    this.#window = advancePanes(this.#window, nowMs, emptyPane);
    const { panes } = this.#window;
    const sum = (count: (pane: Pane) => number) => panes.reduce((total, pane) => total + count(pane), 0);
    const calls = sum((pane) => pane.calls);
    const failures = sum((pane) => pane.failures);
    const neutral = sum((pane) => pane.neutral);
    return {
      calls,
      failures,
      neutral,
      errorRate: failures === 0 ? 0 : failures / (calls - neutral),
      latencyMs: percentilesOf(panes.map((pane) => pane.latency)),
      firstByteMs: percentilesOf(panes.map((pane) => pane.firstByte)),
    };
  }
}
