import { breakersPerProviderMax, healthRefreshMs, statisticsSaveMs } from '../../limits.ts';
import {
  breakerAt,
  checkWaitMs,
  claimProbe,
  explains,
  recordCheck,
  recordEnd,
  standingOf,
  type Breaker,
  type CallEnd,
  type Outcome,
} from '../../core/breaker/breaker.ts';
import { defaultBreakerConfig, type BreakerConfig } from '../../core/breaker/breaker-config.ts';
import type { CheckResult } from './check-result.ts';
import type { CooldownReason } from '../../core/breaker/credential-cooldowns.ts';
import { CredentialHealth } from './credential-health.ts';
import type { AllStatisticsRecord, HealthRecord } from './health-record.ts';
import type {
  ClaimDecision,
  Door,
  HealthDetail,
  HealthReport,
  HealthSnapshot,
  RejectedCall,
} from './health-messages.ts';
import type { Source } from '../../core/breaker/sources.ts';
import { SteadyClock } from '../../steady-clock.ts';
import { recordOf, restoreBreaker, Tracked } from './tracked.ts';

export const endpointKey = (endpoint: string): string => `endpoint:${endpoint}`;
export const modelKey = (model: string): string => `model:${model}`;

/** An endpoint that is blocked, and in how long a check is worth while. */
export interface EndpointInTrouble {
  readonly endpoint: string;
  readonly checkInMs: number;
}

/**
 * The health of one provider: a breaker for each endpoint and each model, and the credentials that are out. Pure but
 * for its own memory: its holder passes in the wall clock's time, and writes what `takeRecord` and `takeStatistics`
 * return to disk before it answers.
 *
 * A call needs both its breakers, and a failure counts against the likelier one only, so that one sick model does not
 * block an endpoint, nor one sick region a model. At a provider with one endpoint the model's breaker is the likelier;
 * with several, the endpoint's, since the model can be served elsewhere. If the likelier is open and failures go on, of
 * other models or at other endpoints, the other breaker opens too.
 *
 * Anybody can send a model what it fails on, and can name unlisted models. So if others use the same, the failures of
 * one client alone open nothing, those of one model no endpoint, and those at one endpoint no model. Failures of an
 * unlisted model count only against it. A call that fails twice at the same place counts once.
 */
export class ProviderBreakers {
  readonly #clock: SteadyClock;
  /** The least recently used first. */
  readonly #tracked = new Map<string, Tracked>();
  readonly #credentials: CredentialHealth;
  #resetMs: number;
  #lostReports = 0;
  #endpoints: number | undefined;
  #changed = false;
  #statisticsSavedMs: number;
  /** Computed at most as often as one router asks, however many routers there are. */
  #firstBytes: { readonly atMs: number; readonly list: NonNullable<HealthSnapshot['firstBytes']> } | undefined;

  constructor(record: HealthRecord | undefined, statistics: AllStatisticsRecord | undefined, wallMs: number) {
    this.#statisticsSavedMs = statistics?.reachedMs ?? 0;
    this.#clock = new SteadyClock(wallMs, Math.max(record?.reachedMs ?? 0, this.#statisticsSavedMs));
    this.#resetMs = record?.resetMs ?? 0;
    const nowMs = this.#clock.read(wallMs);
    for (const [key, kept] of statistics?.statistics ?? []) {
      this.#tracked.set(key, new Tracked(this.#resetMs, nowMs, defaultBreakerConfig, kept));
    }
    for (const [key, kept] of record?.breakers ?? []) {
      const tracked = this.#tracked.get(key) ?? new Tracked(this.#resetMs, nowMs, defaultBreakerConfig);
      tracked.breaker = restoreBreaker(kept, nowMs);
      this.#tracked.set(key, tracked);
    }
    this.#credentials = new CredentialHealth(record);
  }

  /**
   * Takes the ends of calls in, in their order. `lost` is how many more will never arrive, `endpoints` how many the
   * provider has, if known.
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

  /** Decides whether a call may start, and takes the probes that it needs, all or none. */
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

  /** The blocked endpoints; `everyMs` is how often each may be checked. */
  endpointsInTrouble(everyMs: number, wallMs: number, config: BreakerConfig): EndpointInTrouble[] {
    const nowMs = this.#clock.read(wallMs);
    return [...this.#tracked].flatMap(([key, { breaker }]) => {
      const checkInMs = checkWaitMs(breaker, everyMs, nowMs, config);
      if (checkInMs === undefined || !key.startsWith(endpointKey(''))) return [];
      return [{ endpoint: key.slice(endpointKey('').length), checkInMs }];
    });
  }

  /** Keeps calls from probing an endpoint during its check. Answers whether it is to be checked at all. */
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

  /** The credential of a call was rejected. A router of the release before does not say by whose call. */
  coolDown(credential: string, forMs: number, reason: CooldownReason, wallMs: number, by?: RejectedCall): void {
    this.#credentials.rejected(credential, { forMs, reason }, by, this.#clock.read(wallMs));
  }

  /** The credentials that should be checked, because they were rejected in clients' calls only. */
  suspectCredentials(wallMs: number): ReadonlySet<string> {
    return this.#credentials.suspects(this.#clock.read(wallMs));
  }

  /** The result of a check with a credential. */
  credentialChecked(credential: string, result: CheckResult, tookMs: number, wallMs: number): void {
    const nowMs = this.#clock.read(wallMs);
    this.#credentials.checked(credential, result, nowMs - tookMs, nowMs);
  }

  /** Closes every breaker and lets every credential back in. Ends of earlier calls no longer count. */
  reset(wallMs: number): void {
    this.#tracked.clear();
    this.#credentials.clear();
    this.#resetMs = this.#clock.read(wallMs);
    this.#changed = true;
    this.#statisticsSavedMs = 0;
    this.#firstBytes = undefined;
  }

  snapshot(wallMs: number): HealthSnapshot {
    const nowMs = this.#clock.read(wallMs);
    const troubled = [...this.#tracked].flatMap(([key, tracked]) => {
      const { kind } = breakerAt(tracked.breaker, nowMs);
      return kind === 'closed' ? [] : [{ key, state: kind, retryInMs: tracked.retryInMs(nowMs) }];
    });
    const firstBytes = this.#firstBytesAt(nowMs);
    return { troubled, ...this.#credentials.describe(nowMs), ...(firstBytes.length === 0 ? {} : { firstBytes }) };
  }

  describe(wallMs: number): HealthDetail {
    const nowMs = this.#clock.read(wallMs);
    const breakers = [...this.#tracked].map(([key, tracked]) => ({
      key,
      state: breakerAt(tracked.breaker, nowMs).kind,
      retryInMs: tracked.retryInMs(nowMs),
      failuresInARow: tracked.breaker.kind === 'closed' ? tracked.breaker.failuresInARow : 0,
      ...tracked.statistics.summary(nowMs),
    }));
    return { breakers, ...this.#credentials.describe(nowMs), lostReports: this.#lostReports };
  }

  /** What must be on disk before the next answer; undefined if nothing has changed that an eviction must not undo. */
  takeRecord(wallMs: number): HealthRecord | undefined {
    const credentialsChanged = this.#credentials.takeChanged();
    if (!this.#changed && !credentialsChanged) return undefined;
    this.#changed = false;
    const nowMs = this.#clock.read(wallMs);
    return {
      version: 1,
      reachedMs: nowMs,
      resetMs: this.#resetMs,
      breakers: [...this.#tracked].map(([key, { breaker }]) => [key, recordOf(breaker)]),
      ...this.#credentials.toRecord(nowMs),
    };
  }

  /** The statistics to write; undefined while the last ones are recent enough. */
  takeStatistics(wallMs: number): AllStatisticsRecord | undefined {
    const nowMs = this.#clock.read(wallMs);
    if (nowMs - this.#statisticsSavedMs < statisticsSaveMs) return undefined;
    this.#statisticsSavedMs = nowMs;
    return {
      version: 1,
      reachedMs: nowMs,
      statistics: [...this.#tracked].map(([key, tracked]) => [key, tracked.toStatisticsRecord()]),
    };
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
    const { outcome, claim, latencyMs, firstByteMs, isListed = true, client = '', accepted } = report;
    const startedMs = nowMs - report.elapsedMs;
    if (accepted !== undefined) this.#credentials.accepted(accepted, report.model, startedMs);
    const endpoint = this.#track(endpointKey(report.endpoint), nowMs, config);
    const model = this.#track(modelKey(report.model), nowMs, config);
    model.isListed = isListed;
    for (const { statistics } of [endpoint, model]) statistics.record({ outcome, latencyMs, firstByteMs }, nowMs);

    const countsAt = (door: Door) => (isListed || door === 'model') && report.failedBefore?.includes(door) !== true;
    const endAt = (door: Door, sources: readonly Source[]): CallEnd => ({
      outcome: outcome === 'failure' && !countsAt(door) ? 'neutral' : outcome,
      claim,
      startedMs,
      sources,
    });
    const listed = isListed ? report.model : undefined;
    const doors = [
      { tracked: model, end: endAt('model', model.sourcesOf(client, report.endpoint, nowMs)) },
      { tracked: endpoint, end: endAt('endpoint', endpoint.sourcesOf(client, listed, nowMs)) },
    ] as const;
    const [first, second] = this.#hasSeveralEndpoints() ? [doors[1], doors[0]] : doors;
    this.#set(first.tracked, recordEnd(first.tracked.breaker, first.end, nowMs, config));
    const isExplained = outcome === 'failure' && explains(first.tracked.breaker, first.end);
    const end: CallEnd = isExplained ? { ...second.end, outcome: 'neutral' } : second.end;
    this.#set(second.tracked, recordEnd(second.tracked.breaker, end, nowMs, config));
  }

  #track(key: string, nowMs: number, config: BreakerConfig): Tracked {
    const tracked = this.#tracked.get(key) ?? new Tracked(this.#resetMs, nowMs, config);
    this.#tracked.delete(key);
    this.#tracked.set(key, tracked);
    while (this.#tracked.size > breakersPerProviderMax) this.#forgetOne();
    return tracked;
  }

  /**
   * Forgets the least recently used: an unlisted model, whatever its state; else one that is closed; else any. So
   * nobody can displace the state of others by naming many models.
   */
  #forgetOne(): void {
    const keys = [...this.#tracked.keys()];
    const unlisted = keys.find((key) => this.#tracked.get(key)?.isListed === false);
    const closed = keys.find((key) => this.#tracked.get(key)?.breaker.kind === 'closed');
    const forgotten = unlisted ?? closed ?? keys[0];
    if (forgotten !== undefined) this.#tracked.delete(forgotten);
  }

  #set(tracked: Tracked, breaker: Breaker): void {
    if (JSON.stringify(recordOf(tracked.breaker)) !== JSON.stringify(recordOf(breaker))) this.#changed = true;
    tracked.breaker = breaker;
  }

  /** As routers say, else as the endpoints of calls show. */
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
