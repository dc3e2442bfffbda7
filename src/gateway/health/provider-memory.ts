import type { Standing } from '../../core/breaker/breaker.ts';
import {
  CredentialCooldowns,
  type Cooldown,
  type CredentialUse,
  type Rejection,
} from '../../core/breaker/credential-cooldowns.ts';
import type { HealthReport, HealthSnapshot } from '../../actors/provider-health/health-messages.ts';
import { endpointKey, modelKey } from '../../actors/provider-health/provider-breakers.ts';

/** The end of a call, by the router's own clock. */
export interface CallReport extends Omit<HealthReport, 'elapsedMs'> {
  startedMs: number;
}

interface ReportBatch {
  readonly reports: readonly CallReport[];
  readonly lost: number;
}

/** What one isolate remembers about one provider between requests. Times are by the isolate's own clock. */
export class ProviderMemory {
  #troubled = new Map<string, { state: 'open' | 'half-open'; retryAtMs: number }>();
  #firstBytesMs: ReadonlyMap<string, number> = new Map();
  #told = new CredentialCooldowns();
  /** The rejections that ProviderHealth has not acknowledged: a snapshot does not clear them. */
  readonly #untold = new CredentialCooldowns();
  #receivedMs: number | undefined;
  #asked = 0;
  #received = 0;
  #reports: CallReport[] = [];
  #oldestReportMs = 0;
  #lost = 0;
  #batch = 0;

  standing(endpoint: string, model: string, nowMs: number): Standing {
    const waits = [endpointKey(endpoint), modelKey(model)].flatMap((key) => this.#troubled.get(key)?.retryAtMs ?? []);
    if (waits.length === 0) return { kind: 'closed' };
    const retryAtMs = Math.max(...waits);
    return retryAtMs > nowMs ? { kind: 'open', retryAtMs } : { kind: 'probe' };
  }

  cooldown(use: CredentialUse, nowMs: number): Cooldown | undefined {
    return this.#untold.at(use, nowMs) ?? this.#told.at(use, nowMs);
  }

  get state(): 'closed' | 'half-open' | 'open' {
    const states = [...this.#troubled.values()].map(({ state }) => state);
    return states.includes('open') ? 'open' : (states[0] ?? 'closed');
  }

  firstByteMs(model: string): number | undefined {
    return this.#firstBytesMs.get(modelKey(model));
  }

  /** A ticket for a question to ProviderHealth, to be shown with its answer. */
  ask(): number {
    return (this.#asked += 1);
  }

  /** Takes an answer in, unless a later question has been answered already. */
  receive(ticket: number, snapshot: HealthSnapshot, nowMs: number): void {
    if (ticket < this.#received) return;
    this.#received = ticket;
    this.#receivedMs = nowMs;
    this.#troubled = new Map(
      snapshot.troubled.map(({ key, state, retryInMs }) => [key, { state, retryAtMs: nowMs + retryInMs }]),
    );
    this.#firstBytesMs = new Map((snapshot.firstBytes ?? []).map(({ key, p50Ms }) => [key, p50Ms]));
    this.#told = new CredentialCooldowns();
    for (const { forMs, reason, ...scope } of [...snapshot.cooldowns, ...(snapshot.scoped ?? [])]) {
      this.#told.coolDown(scope, { untilMs: nowMs + forMs, reason, sinceMs: nowMs });
    }
  }

  /** After a clock is set back everything is stale. */
  isStale(nowMs: number, ageMs: number): boolean {
    return this.#receivedMs === undefined || nowMs < this.#receivedMs || nowMs - this.#receivedMs >= ageMs;
  }

  /** Keeps calls from what is in trouble until `untilMs`, or until ProviderHealth answers. */
  postpone(endpoint: string, model: string, untilMs: number): void {
    for (const key of [endpointKey(endpoint), modelKey(model)]) {
      const known = this.#troubled.get(key);
      if (known !== undefined) this.#troubled.set(key, { ...known, retryAtMs: untilMs });
    }
  }

  /** Answers whether that is news. */
  reject(use: CredentialUse, rejection: Rejection, nowMs: number): boolean {
    return !this.#told.knows(use, rejection, nowMs) && this.#untold.reject(use, rejection, nowMs);
  }

  acknowledge({ credential, model, client }: CredentialUse): void {
    this.#untold.forget({ credential, model, client });
    this.#untold.forget({ credential, model });
  }

  /** Answers the number of the report's batch, and its size. */
  addReport(report: CallReport, nowMs: number): { batch: number; size: number } {
    if (this.#reports.length === 0) this.#oldestReportMs = nowMs;
    return { batch: this.#batch, size: this.#reports.push(report) };
  }

  isWaiting(batch: number): boolean {
    return this.#batch === batch && this.#reports.length > 0;
  }

  isOverdue(nowMs: number, ageMs: number): boolean {
    return this.#reports.length > 0 && nowMs - this.#oldestReportMs >= ageMs;
  }

  takeReports(): ReportBatch {
    const taken = { reports: this.#reports, lost: this.#lost };
    this.#reports = [];
    this.#lost = 0;
    this.#batch += 1;
    return taken;
  }

  /** Counts what could not be delivered; the next batch brings the count. */
  lose(batch: ReportBatch): void {
    this.#lost += batch.lost + batch.reports.length;
  }
}
