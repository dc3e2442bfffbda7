import type { BreakerConfig } from './breaker-config.ts';
import type { Outcome } from './breaker.ts';
import type { CooldownReason } from './credential-cooldowns.ts';
import type { ProviderSite } from './provider-site.ts';
import type { StatisticsSummary } from './rolling-statistics.ts';

/**
 * What a router and a ProviderHealth object say to each other. Times are said as durations from the moment of sending,
 * since the two have clocks of their own. Fields are only ever added, because old and new code run side by side.
 */
export interface HealthRpc {
  /**
   * Takes the ends of calls in; `lost` is how many more there were that could not be delivered. `site` is told now and
   * then, and not at all by routers of the release before.
   */
  report(batch: HealthReport[], lost: number, config: BreakerConfig, site?: ProviderSite): Promise<HealthSnapshot>;
  claim(endpoint: string, model: string, config: BreakerConfig): Promise<ClaimAnswer>;
  coolDown(credential: string, forMs: number, reason: CooldownReason): Promise<HealthSnapshot>;
  snapshot(): Promise<HealthSnapshot>;
}

/** How one call to the provider ended. */
export interface HealthReport {
  endpoint: string;
  model: string;
  outcome: Outcome;
  /** How long before the sending of this report the call was started. */
  elapsedMs: number;
  latencyMs?: number | undefined;
  firstByteMs?: number | undefined;
  claim?: string | undefined;
}

export interface HealthSnapshot {
  /** The breakers that are not closed: 0 ms to wait means that the next call must claim a probe. */
  troubled: { key: string; state: 'open' | 'half-open'; retryInMs: number }[];
  cooldowns: { credential: string; forMs: number; reason: CooldownReason }[];
  /** How long the middle call to a model took to its first byte, where one was measured in the last five minutes. */
  firstBytes?: { key: string; p50Ms: number }[];
}

export type ClaimDecision =
  /** No probe is needed: both breakers are closed. */
  | { kind: 'closed' }
  /** The call is the probe: its end is to be reported with `claim`, whatever it is, before the lease runs out. */
  | { kind: 'granted'; claim: string; leaseMs: number }
  | { kind: 'refused'; retryInMs: number };

export interface ClaimAnswer {
  decision: ClaimDecision;
  snapshot: HealthSnapshot;
}

/** For `/admin/health`. */
export interface HealthDetail {
  breakers: BreakerDetail[];
  cooldowns: HealthSnapshot['cooldowns'];
  /** Reports that routers could not deliver, as far as they have said so. */
  lostReports: number;
  /** The last check of each endpoint that was ever checked. */
  checks?: CheckDetail[];
  models?: ModelsDetail | undefined;
}

export interface CheckDetail {
  endpoint: string;
  agoMs: number;
  outcome: Outcome;
  /** In words that follow the name of the endpoint. */
  found: string;
}

/** Which of the catalog's models a provider does not list. */
export interface ModelsDetail {
  agoMs: number;
  missing: string[];
  /** How many names it lists; absent while its list was never read. */
  listed?: number;
  /** Why the last list could not be read: what is missing is then by the one before. */
  problem?: string;
}

export interface BreakerDetail extends StatisticsSummary {
  key: string;
  state: 'closed' | 'open' | 'half-open';
  retryInMs: number;
  failuresInARow: number;
}
