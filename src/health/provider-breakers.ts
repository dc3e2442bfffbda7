import { breakersPerProviderMax, healthRefreshMs, statisticsSaveMs } from '../limits.ts';
import {
  breakerAt,
  checkWaitMs,
  claimProbe,
  closedBreaker,
  explains,
  recordCheck,
  recordEnd,
  standingOf,
  type Breaker,
  type CallEnd,
  type Outcome,
} from './breaker.ts';
import { defaultBreakerConfig, type BreakerConfig } from './breaker-config.ts';
import { CredentialCooldowns, type CooldownReason } from './credential-cooldowns.ts';
import type { AllStatisticsRecord, BreakerRecord, HealthRecord, StatisticsRecord } from './health-record.ts';
import type { ClaimDecision, HealthDetail, HealthReport, HealthSnapshot } from './health-messages.ts';
import { RollingStatistics } from './rolling-statistics.ts';
import { SteadyClock } from '../steady-clock.ts';

export const endpointKey = (endpoint: string): string => `endpoint:${endpoint}`;
export const modelKey = (model: string): string => `model:${model}`;

/** An endpoint that calls are kept from, and in how long it is worth while to check it. */
export interface EndpointInTrouble {
  readonly endpoint: string;
  readonly checkInMs: number;
}

interface Tracked {
  breaker: Breaker;
  readonly statistics: RollingStatistics;
}

/**
 * All that is known about one provider's health: a breaker for each of its endpoints and for each model on it, and the
 * credentials that are out. Pure but for its own memory: it is given the wall clock's time, and whoever holds it writes
 * what `takeRecord` and `takeStatistics` return to disk before it answers.
 *
 * A call needs both its breakers, and a failure is laid at one door, so that one sick model doesn't take an endpoint
 * away, nor one sick region a model: what the likelier breaker answers for is not held against the other. Where a
 * provider has one endpoint, that is the model's; where it has several, the endpoint's, since the model can be served
 * elsewhere. When the first is open and the failures go on, of other models or at other endpoints, the other opens as
 * well.
 */
export class ProviderBreakers {
  readonly #clock: SteadyClock;
  /** The least recently used first. */
  readonly #tracked = new Map<string, Tracked>();
  readonly #cooldowns = new CredentialCooldowns();
  #resetMs: number;
  #lostReports = 0;
  #endpoints: number | undefined;
  #changed = false;
  #statisticsSavedMs: number;
  /** Worked out no more often than routers ask, however many of them do. */
  #firstBytes: { readonly atMs: number; readonly list: NonNullable<HealthSnapshot['firstBytes']> } | undefined;

  constructor(record: HealthRecord | undefined, statistics: AllStatisticsRecord | undefined, wallMs: number) {
    this.#statisticsSavedMs = statistics?.reachedMs ?? 0;
    this.#clock = new SteadyClock(wallMs, Math.max(record?.reachedMs ?? 0, this.#statisticsSavedMs));
    this.#resetMs = record?.resetMs ?? 0;
    const nowMs = this.#clock.read(wallMs);
    const fresh = (): Tracked => this.#fresh(nowMs, defaultBreakerConfig);
    for (const [key, kept] of statistics?.statistics ?? []) {
      this.#tracked.set(key, { ...fresh(), statistics: new RollingStatistics(nowMs, kept) });
    }
    for (const [key, kept] of record?.breakers ?? []) {
      this.#tracked.set(key, { ...(this.#tracked.get(key) ?? fresh()), breaker: restoreBreaker(kept, nowMs) });
    }
    for (const [credential, cooldown] of record?.cooldowns ?? []) this.#cooldowns.coolDown(credential, cooldown);
  }

  /**
   * Takes the ends of calls in, in their order. `lost` says how many more there were that will never arrive,
   * `endpoints` how many the provider has, where that is known.
   */
  report(
    reports: readonly HealthReport[],
    lost: number,
    wallMs: number,
    config: BreakerConfig,
    endpoints?: number,
  ): void {
    const nowMs = this.#clock.read(wallMs);
    this.#lostReports += lost;
    this.#endpoints = endpoints;
    for (const report of reports) this.#recordReport(report, nowMs, config);
  }

  /** Decides whether a call may start, and takes the probe where one is needed, of both breakers or of neither. */
  claim(endpoint: string, model: string, claim: string, wallMs: number, config: BreakerConfig): ClaimDecision {
    const nowMs = this.#clock.read(wallMs);
    const breakers = [endpointKey(endpoint), modelKey(model)].flatMap((key) => {
      const tracked = this.#tracked.get(key);
      return tracked === undefined ? [] : [{ tracked, standing: standingOf(tracked.breaker, nowMs) }];
    });
    const waitsMs = breakers.flatMap(({ standing }) => (standing.kind === 'open' ? [standing.retryAtMs - nowMs] : []));
    if (waitsMs.length > 0) return { kind: 'refused', retryInMs: Math.max(...waitsMs) };
    const toProbe = breakers.filter(({ standing }) => standing.kind === 'probe');
    if (toProbe.length === 0) return { kind: 'closed' };
    for (const { tracked } of toProbe) this.#set(tracked, claimProbe(tracked.breaker, claim, nowMs, config));
    return { kind: 'granted', claim, leaseMs: config.probeLeaseMs };
  }

  /** The endpoints that calls are kept from; `everyMs` is how often each may be checked. */
  endpointsInTrouble(everyMs: number, wallMs: number, config: BreakerConfig): EndpointInTrouble[] {
    const nowMs = this.#clock.read(wallMs);
    return [...this.#tracked].flatMap(([key, { breaker }]) => {
      const checkInMs = checkWaitMs(breaker, everyMs, nowMs, config);
      if (checkInMs === undefined || !key.startsWith(endpointKey(''))) return [];
      return [{ endpoint: key.slice(endpointKey('').length), checkInMs }];
    });
  }

  /** Keeps calls from probing an endpoint while it is checked. Answers whether it is to be checked at all. */
  beginCheck(endpoint: string, claim: string, wallMs: number, config: BreakerConfig): boolean {
    const nowMs = this.#clock.read(wallMs);
    const tracked = this.#tracked.get(endpointKey(endpoint));
    if (tracked === undefined) return false;
    const current = breakerAt(tracked.breaker, nowMs);
    if (current.kind !== 'half-open') return current.kind === 'open';
    if (standingOf(current, nowMs).kind !== 'probe') return false;
    this.#set(tracked, claimProbe(current, claim, nowMs, config));
    return true;
  }

  endCheck(endpoint: string, claim: string, outcome: Outcome, wallMs: number, config: BreakerConfig): void {
    const nowMs = this.#clock.read(wallMs);
    const tracked = this.#tracked.get(endpointKey(endpoint));
    if (tracked !== undefined) this.#set(tracked, recordCheck(tracked.breaker, { outcome, claim }, nowMs, config));
  }

  coolDown(credential: string, forMs: number, reason: CooldownReason, wallMs: number): void {
    const untilMs = this.#clock.read(wallMs) + forMs;
    if (this.#cooldowns.coolDown(credential, { untilMs, reason })) this.#changed = true;
  }

  /** Closes every breaker and lets every credential back in. What calls started before now came to no longer counts. */
  reset(wallMs: number): void {
    this.#tracked.clear();
    this.#cooldowns.clear();
    this.#resetMs = this.#clock.read(wallMs);
    this.#changed = true;
    this.#statisticsSavedMs = 0;
    this.#firstBytes = undefined;
  }

  snapshot(wallMs: number): HealthSnapshot {
    const nowMs = this.#clock.read(wallMs);
    const troubled = [...this.#tracked].flatMap(([key, { breaker }]) => {
      const { kind } = breakerAt(breaker, nowMs);
      return kind === 'closed' ? [] : [{ key, state: kind, retryInMs: retryInMs(breaker, nowMs) }];
    });
    const cooldowns = this.#cooldowns
      .active(nowMs)
      .map(([credential, { untilMs, reason }]) => ({ credential, reason, forMs: untilMs - nowMs }));
    const firstBytes = this.#firstBytesAt(nowMs);
    return { troubled, cooldowns, ...(firstBytes.length === 0 ? {} : { firstBytes }) };
  }

  describe(wallMs: number): HealthDetail {
    const nowMs = this.#clock.read(wallMs);
    const breakers = [...this.#tracked].map(([key, { breaker, statistics }]) => ({
      key,
      state: breakerAt(breaker, nowMs).kind,
      retryInMs: retryInMs(breaker, nowMs),
      failuresInARow: breaker.kind === 'closed' ? breaker.failuresInARow : 0,
      ...statistics.summary(nowMs),
    }));
    return { breakers, cooldowns: this.snapshot(wallMs).cooldowns, lostReports: this.#lostReports };
  }

  /**
   * What must be on disk before the next answer, or undefined where nothing has changed that an eviction must not undo.
   */
  takeRecord(wallMs: number): HealthRecord | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    const nowMs = this.#clock.read(wallMs);
    return {
      version: 1,
      reachedMs: nowMs,
      resetMs: this.#resetMs,
      breakers: [...this.#tracked].map(([key, { breaker }]) => [key, recordOf(breaker)]),
      cooldowns: this.#cooldowns.active(nowMs),
    };
  }

  /** Statistics to be written beside, or undefined while the last ones are recent enough. */
  takeStatistics(wallMs: number): AllStatisticsRecord | undefined {
    const nowMs = this.#clock.read(wallMs);
    if (nowMs - this.#statisticsSavedMs < statisticsSaveMs) return undefined;
    this.#statisticsSavedMs = nowMs;
    const statistics = [...this.#tracked].map(([key, tracked]): [string, StatisticsRecord] => [
      key,
      tracked.statistics.toRecord(),
    ]);
    return { version: 1, reachedMs: nowMs, statistics };
  }

  #firstBytesAt(nowMs: number): NonNullable<HealthSnapshot['firstBytes']> {
    if (this.#firstBytes !== undefined && nowMs - this.#firstBytes.atMs < healthRefreshMs) return this.#firstBytes.list;
    const list = [...this.#tracked].flatMap(([key, { statistics }]) => {
      const p50Ms = key.startsWith(modelKey('')) ? statistics.firstByteMs(nowMs) : undefined;
      return p50Ms === undefined ? [] : [{ key, p50Ms }];
    });
    this.#firstBytes = { atMs: nowMs, list };
    return list;
  }

  #recordReport(report: HealthReport, nowMs: number, config: BreakerConfig): void {
    const { outcome, claim, latencyMs, firstByteMs } = report;
    const end: CallEnd = { outcome, claim, startedMs: nowMs - report.elapsedMs };
    const endpoint = this.#track(endpointKey(report.endpoint), nowMs, config);
    const model = this.#track(modelKey(report.model), nowMs, config);
    for (const { statistics } of [endpoint, model]) statistics.record({ outcome, latencyMs, firstByteMs }, nowMs);

    const [first, second] = this.#hasSeveralEndpoints() ? [endpoint, model] : [model, endpoint];
    this.#set(first, recordEnd(first.breaker, end, nowMs, config));
    const explained = outcome === 'failure' && explains(first.breaker, end);
    this.#set(second, recordEnd(second.breaker, explained ? { ...end, outcome: 'neutral' } : end, nowMs, config));
  }

  #track(key: string, nowMs: number, config: BreakerConfig): Tracked {
    const tracked = this.#tracked.get(key) ?? this.#fresh(nowMs, config);
    this.#tracked.delete(key);
    this.#tracked.set(key, tracked);
    while (this.#tracked.size > breakersPerProviderMax) this.#forgetOne();
    return tracked;
  }

  #fresh(nowMs: number, config: BreakerConfig): Tracked {
    return { breaker: closedBreaker(this.#resetMs, nowMs, config), statistics: new RollingStatistics(nowMs) };
  }

  /** Forgets the closed breaker that was used least recently; where none is closed, simply the least recent. */
  #forgetOne(): void {
    const keys = [...this.#tracked.keys()];
    const closed = keys.find((key) => this.#tracked.get(key)?.breaker.kind === 'closed');
    const [oldest] = keys;
    const forgotten = closed ?? oldest;
    if (forgotten !== undefined) this.#tracked.delete(forgotten);
  }

  #set(tracked: Tracked, breaker: Breaker): void {
    if (JSON.stringify(recordOf(tracked.breaker)) !== JSON.stringify(recordOf(breaker))) this.#changed = true;
    tracked.breaker = breaker;
  }

  /** By what routers say; else by those that calls went to. */
  #hasSeveralEndpoints(): boolean {
    if (this.#endpoints !== undefined) return this.#endpoints > 1;
    return (
      this.#tracked
        .keys()
        .filter((key) => key.startsWith(endpointKey('')))
        .take(2)
        .toArray().length > 1
    );
  }
}

function retryInMs(breaker: Breaker, nowMs: number): number {
  const standing = standingOf(breaker, nowMs);
  return standing.kind === 'open' ? standing.retryAtMs - nowMs : 0;
}

function recordOf(breaker: Breaker): BreakerRecord {
  if (breaker.kind !== 'closed') return breaker;
  const { kind, sinceMs, failuresInARow } = breaker;
  return { kind, sinceMs, failuresInARow };
}

function restoreBreaker(record: BreakerRecord, nowMs: number): Breaker {
  return record.kind === 'closed'
    ? { ...closedBreaker(record.sinceMs, nowMs, defaultBreakerConfig), ...record }
    : record;
}
