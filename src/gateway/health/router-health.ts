import {
  claimWaitMs,
  healthBatchMax,
  healthBatchMs,
  healthRefreshMs,
  probeBusyRetryMs,
  siteTellEveryMs,
  unclaimedProbeEveryMs,
} from '../../limits.ts';
import type { Standing } from '../../core/breaker/breaker.ts';
import type { BreakerConfig } from '../../core/breaker/breaker-config.ts';
import type { Cooldown, CredentialUse, Rejection } from '../../core/breaker/credential-cooldowns.ts';
import type { ClaimDecision, HealthRpc, HealthSnapshot } from '../../actors/provider-health/health-messages.ts';
import { ProviderMemory, type CallReport } from './provider-memory.ts';
import type { HealthView } from '../../core/routing/health-view.ts';
import type { ProviderSite } from '../../core/breaker/provider-site.ts';

export type Pass =
  /** `startedMs` and `claim` belong in the report of the call, however it ends. */
  | { readonly kind: 'go'; readonly startedMs: number; readonly claim?: string }
  | { readonly kind: 'refused'; readonly retryAtMs: number };

/** What an isolate remembers about its providers between requests: made once, shared by all. */
export class HealthMemory implements HealthView {
  readonly #providers = new Map<string, Remembered>();

  of(provider: string): Remembered {
    const known = this.#providers.get(provider);
    if (known !== undefined) return known;
    const fresh = { memory: new ProviderMemory(), claims: new Map(), refreshMs: undefined, siteToldMs: undefined };
    this.#providers.set(provider, fresh);
    return fresh;
  }

  standing: HealthView['standing'] = (provider, endpoint, model, nowMs) =>
    this.of(provider).memory.standing(endpoint, model, nowMs);

  cooldown: HealthView['cooldown'] = (provider, use, nowMs) => this.of(provider).memory.cooldown(use, nowMs);

  /** The worst state of any breaker of the provider. */
  state = (provider: string): ProviderMemory['state'] => this.of(provider).memory.state;

  firstByteMs: HealthView['firstByteMs'] = (provider, model) => this.of(provider).memory.firstByteMs(model);
}

interface Remembered {
  readonly memory: ProviderMemory;
  readonly claims: Map<string, SharedClaim>;
  /** When the refresh under way began. */
  refreshMs: number | undefined;
  /** When ProviderHealth was last told where the provider is. */
  siteToldMs: number | undefined;
}

interface SharedClaim {
  readonly sinceMs: number;
  readonly decision: Promise<ClaimDecision | Unreachable>;
}

interface Unreachable {
  readonly kind: 'unreachable';
}

/** Comes with each request, because the platform ties I/O to the request that began it. */
interface RouterHealthContext {
  provider: (name: string) => HealthRpc;
  breakerConfig: (provider: string) => BreakerConfig;
  /** Where a provider is; undefined for one that can't be checked. */
  site: (provider: string) => ProviderSite | undefined;
  waitUntil: (work: Promise<void>) => void;
  nowMs: () => number;
  sleep: (ms: number) => Promise<void>;
  /** Health never fails a call: it only tells what went wrong. */
  onProblem: (provider: string, error: unknown) => void;
}

/**
 * Health as one request sees it. While a provider is well it costs the request nothing: the isolate's memory decides,
 * and is refreshed beside the path. Plan with it, `enter` immediately before each attempt, and `report` each attempt
 * that was let in exactly once, as 'neutral' if it was never made: a claimed probe keeps others out until it is
 * reported or its lease ends.
 *
 * If a plan must stay away from a provider, its health is asked again beside the path: no call enters there, and so no
 * other would learn that it is well again.
 */
export class RouterHealth implements HealthView {
  readonly #memory: HealthMemory;
  readonly #context: RouterHealthContext;

  constructor(memory: HealthMemory, context: RouterHealthContext) {
    this.#memory = memory;
    this.#context = context;
  }

  view(...providers: string[]): HealthMemory {
    for (const provider of providers) this.#keepUpToDate(provider);
    return this.#memory;
  }

  standing(provider: string, endpoint: string, model: string, nowMs: number): Standing {
    const standing = this.#memory.standing(provider, endpoint, model, nowMs);
    if (standing.kind !== 'closed') this.#keepUpToDate(provider);
    return standing;
  }

  cooldown(provider: string, use: CredentialUse, nowMs: number): Cooldown | undefined {
    const cooldown = this.#memory.cooldown(provider, use, nowMs);
    if (cooldown !== undefined) this.#keepUpToDate(provider);
    return cooldown;
  }

  firstByteMs(provider: string, model: string): number | undefined {
    return this.#memory.firstByteMs(provider, model);
  }

  async enter(provider: string, endpoint: string, model: string): Promise<Pass> {
    this.#keepUpToDate(provider);
    const startedMs = this.#context.nowMs();
    const standing = this.#memory.standing(provider, endpoint, model, startedMs);
    switch (standing.kind) {
      case 'closed':
        return { kind: 'go', startedMs };
      case 'open':
        return { kind: 'refused', retryAtMs: standing.retryAtMs };
      case 'probe':
        return this.#enterAsProbe(provider, endpoint, model);
    }
  }

  /**
   * Delivers failures and probes at once, with the successes before them, so that they arrive in order. If a breaker is
   * known to be open, a failure is no news and waits with the successes.
   */
  report(provider: string, report: CallReport): void {
    const { memory } = this.#memory.of(provider);
    const nowMs = this.#context.nowMs();
    const { batch, size } = memory.addReport(report, nowMs);
    const isNews =
      report.outcome === 'failure' && memory.standing(report.endpoint, report.model, nowMs).kind === 'closed';
    if (isNews || report.claim !== undefined || size >= healthBatchMax) {
      this.#context.waitUntil(this.#deliver(provider));
    } else if (size === 1) {
      this.#context.waitUntil(this.#deliverLater(provider, batch));
    }
  }

  /**
   * A provider rejected the credential of a call. Plans avoid it, in this isolate at once, and in the others after a
   * refresh: those of the call's client, and all plans once other clients were told the same.
   */
  rejected(provider: string, use: CredentialUse, rejection: Rejection): void {
    const nowMs = this.#context.nowMs();
    const isNews = this.#memory.of(provider).memory.reject(use, rejection, nowMs);
    // The others would learn of a shorter one only when it is over.
    if (isNews && rejection.untilMs - nowMs >= healthRefreshMs) {
      this.#context.waitUntil(this.#tellRejection(provider, use, rejection, nowMs));
    }
  }

  async #enterAsProbe(provider: string, endpoint: string, model: string): Promise<Pass> {
    const { memory, claims } = this.#memory.of(provider);
    const pair = JSON.stringify([endpoint, model]);
    const shared = claims.get(pair);
    // The request that asked may have been cancelled since, and then its promise never settles.
    if (shared !== undefined && Math.abs(this.#context.nowMs() - shared.sinceMs) < claimWaitMs) {
      const decision = await this.#orUnreachable(shared.decision);
      const nowMs = this.#context.nowMs();
      if (decision.kind === 'closed') return { kind: 'go', startedMs: nowMs };
      const standing = memory.standing(endpoint, model, nowMs);
      return { kind: 'refused', retryAtMs: standing.kind === 'open' ? standing.retryAtMs : nowMs + probeBusyRetryMs };
    }
    const decision = this.#orUnreachable(this.#askForProbe(provider, endpoint, model));
    claims.set(pair, { sinceMs: this.#context.nowMs(), decision });
    const pass = this.#passFor(await decision, memory, endpoint, model);
    if (claims.get(pair)?.decision === decision) claims.delete(pair);
    return pass;
  }

  #passFor(decision: ClaimDecision | Unreachable, memory: ProviderMemory, endpoint: string, model: string): Pass {
    const nowMs = this.#context.nowMs();
    switch (decision.kind) {
      case 'closed':
        return { kind: 'go', startedMs: nowMs };
      case 'granted':
        return { kind: 'go', startedMs: nowMs, claim: decision.claim };
      case 'refused':
        return { kind: 'refused', retryAtMs: nowMs + decision.retryInMs };
      case 'unreachable':
        // With nobody to grant probes, a trickle goes through: a provider must not be out for want of a breaker.
        memory.postpone(endpoint, model, nowMs + unclaimedProbeEveryMs);
        return { kind: 'go', startedMs: nowMs };
    }
  }

  async #askForProbe(provider: string, endpoint: string, model: string): Promise<ClaimDecision | Unreachable> {
    let decision: ClaimDecision | Unreachable = { kind: 'unreachable' };
    await this.#call(provider, async (health) => {
      const answer = await health.claim(endpoint, model, this.#context.breakerConfig(provider));
      ({ decision } = answer);
      return answer.snapshot;
    });
    return decision;
  }

  async #orUnreachable(decision: Promise<ClaimDecision | Unreachable>): Promise<ClaimDecision | Unreachable> {
    return new Promise((resolve, reject) => {
      this.#context.sleep(claimWaitMs).then(() => resolve({ kind: 'unreachable' }), reject);
      decision.then(resolve, reject);
    });
  }

  /** Refreshes an old snapshot, and delivers what a cancelled request left undelivered. */
  #keepUpToDate(provider: string): void {
    const remembered = this.#memory.of(provider);
    const nowMs = this.#context.nowMs();
    if (remembered.memory.isOverdue(nowMs, healthBatchMs)) this.#context.waitUntil(this.#deliver(provider));
    const isUnderWay = remembered.refreshMs !== undefined && Math.abs(nowMs - remembered.refreshMs) < healthRefreshMs;
    if (!isUnderWay && remembered.memory.isStale(nowMs, healthRefreshMs)) {
      remembered.refreshMs = nowMs;
      this.#context.waitUntil(this.#refresh(provider));
    }
  }

  async #refresh(provider: string): Promise<void> {
    await this.#call(provider, async (health) => health.snapshot());
  }

  async #deliverLater(provider: string, batch: number): Promise<void> {
    await this.#context.sleep(healthBatchMs);
    if (this.#memory.of(provider).memory.isWaiting(batch)) await this.#deliver(provider);
  }

  /** At most once: a report that may have arrived is not repeated, because a failure must not count twice. */
  async #deliver(provider: string): Promise<void> {
    const remembered = this.#memory.of(provider);
    const { memory } = remembered;
    const batch = memory.takeReports();
    const nowMs = this.#context.nowMs();
    const reports = batch.reports.map(({ startedMs, ...report }) => ({ ...report, elapsedMs: nowMs - startedMs }));
    const config = this.#context.breakerConfig(provider);
    const { siteToldMs } = remembered;
    const isSiteKnown = siteToldMs !== undefined && Math.abs(nowMs - siteToldMs) < siteTellEveryMs;
    const site = isSiteKnown ? undefined : this.#context.site(provider);
    if (site !== undefined) remembered.siteToldMs = nowMs;
    const isDelivered = await this.#call(provider, async (health) => health.report(reports, batch.lost, config, site));
    if (isDelivered) return;
    memory.lose(batch);
    if (site !== undefined) remembered.siteToldMs = undefined;
  }

  async #tellRejection(
    provider: string,
    use: CredentialUse,
    { untilMs, reason, sinceMs }: Rejection,
    nowMs: number,
  ): Promise<void> {
    const { credential, model, client } = use;
    const by = { model, client, elapsedMs: nowMs - sinceMs };
    const isTold = await this.#call(provider, async (health) =>
      health.coolDown(credential, untilMs - nowMs, reason, by),
    );
    if (isTold) this.#memory.of(provider).memory.acknowledge(use);
  }

  /** Asks ProviderHealth, takes its snapshot in, and answers whether it came. */
  async #call(provider: string, ask: (health: HealthRpc) => Promise<HealthSnapshot>): Promise<boolean> {
    const { memory } = this.#memory.of(provider);
    const ticket = memory.ask();
    try {
      memory.receive(ticket, await ask(this.#context.provider(provider)), this.#context.nowMs());
      return true;
    } catch (error) {
      this.#context.onProblem(provider, error);
      return false;
    }
  }
}
