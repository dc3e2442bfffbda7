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
import type { AllStatisticsRecord, HealthRecord, StatisticsRecord } from './health-record.ts';
import type {
  ClaimDecision,
  Door,
  HealthDetail,
  HealthReport,
  HealthSnapshot,
  RefusedCall,
} from './health-messages.ts';
import type { Source } from '../../core/breaker/sources.ts';
import { SteadyClock } from '../../steady-clock.ts';
import { recordOf, restoreBreaker, Tracked } from './tracked.ts';

export const endpointKey = (endpoint: string): string => `endpoint:${endpoint}`;
export const modelKey = (model: string): string => `model:${model}`;

/** An endpoint that calls are kept from, and in how long it is worth while to check it. */
export interface EndpointInTrouble {
  readonly endpoint: string;
  readonly checkInMs: number;
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
 *
 * Anybody can send a model what it fails on, and can name models that nobody lists. So where others use the same, one
 * client's failures alone open nothing, nor one model's an endpoint, nor those at one endpoint a model; a model that
 * the catalog doesn't list is only held against itself; and a call that fails again where it has failed counts once.
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
  /** Worked out no more often than routers ask, however many of them do. */
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

  /** A credential was refused to a call; nobody says to whose where its router is of the release before. */
  coolDown(credential: string, forMs: number, reason: CooldownReason, wallMs: number, by?: RefusedCall): void {
    this.#credentials.refused(credential, { forMs, reason }, by, this.#clock.read(wallMs));
  }

  /** The credentials that should be checked, because only clients' calls were refused with them. */
  suspectCredentials(wallMs: number): ReadonlySet<string> {
    return this.#credentials.suspects(this.#clock.read(wallMs));
  }

  /** What came of a check that was made with a credential, and took so long. */
  credentialChecked(credential: string, result: CheckResult, tookMs: number, wallMs: number): void {
    const nowMs = this.#clock.read(wallMs);
    this.#credentials.checked(credential, result, nowMs - tookMs, nowMs);
  }

  /** Closes every breaker and lets every credential back in. What calls started before now came to no longer counts. */
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

  /**
   * What must be on disk before the next answer, or undefined where nothing has changed that an eviction must not undo.
   */
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

  /** Statistics to be written beside, or undefined while the last ones are recent enough. */
  takeStatistics(wallMs: number): AllStatisticsRecord | undefined {
    const nowMs = this.#clock.read(wallMs);
    if (nowMs - this.#statisticsSavedMs < statisticsSaveMs) return undefined;
    this.#statisticsSavedMs = nowMs;
    const statistics = [...this.#tracked].map(([key, tracked]): [string, StatisticsRecord] => [
      key,
      tracked.toStatisticsRecord(),
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
   * Forgets what was used least recently: of models that nobody lists, however they are; else of what is closed; else
   * of all. So nobody can have the state of others forgotten by naming many.
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
