import type { BreakerConfig } from '../../core/breaker/breaker-config.ts';
import type { Outcome } from '../../core/breaker/breaker.ts';
import type { CooldownReason, CredentialUse } from '../../core/breaker/credential-cooldowns.ts';
import type { ProviderSite } from '../../core/breaker/provider-site.ts';
import type { StatisticsSummary } from './rolling-statistics.ts';

/**
 * What a router and a ProviderHealth object say to each other. Times are durations from the moment of sending, since
 * each has its own clock. Fields are only ever added, because old and new code run side by side.
 */
export interface HealthRpc {
  /**
   * Takes the ends of calls in. `lost` is how many more could not be delivered. `site` comes now and then, and never
   * from routers of the release before.
   */
  report(batch: HealthReport[], lost: number, config: BreakerConfig, site?: ProviderSite): Promise<HealthSnapshot>;
  claim(endpoint: string, model: string, config: BreakerConfig): Promise<ClaimAnswer>;
  /** A provider has rejected the credential of a call. Routers of the release before leave `by` out. */
  coolDown(credential: string, forMs: number, reason: CooldownReason, by?: RejectedCall): Promise<HealthSnapshot>;
  snapshot(): Promise<HealthSnapshot>;
}

/** `elapsedMs` is how long before the sending the call started. */
export interface RejectedCall extends Omit<CredentialUse, 'credential'> {
  elapsedMs: number;
}

/** How one call to the provider ended. */
export interface HealthReport {
  endpoint: string;
  model: string;
  outcome: Outcome;
  /** How long before the sending of this report the call started. */
  elapsedMs: number;
  latencyMs?: number | undefined;
  firstByteMs?: number | undefined;
  claim?: string | undefined;
  /** The client of the call: a hash, and no name. */
  client?: string | undefined;
  /** Whether the catalog has the model at this provider; absent means true. */
  isListed?: boolean | undefined;
  /** Where the same call has failed before: there another failure does not count. */
  failedBefore?: readonly Door[] | undefined;
  /** The name of the credential that the call was served with. */
  accepted?: string | undefined;
}

/** What can be at fault for a failure. */
export type Door = 'endpoint' | 'model';

export interface HealthSnapshot {
  /** The breakers that are not closed. With 0 ms to wait, the next call must claim a probe. */
  troubled: { key: string; state: 'open' | 'half-open'; retryInMs: number }[];
  /** The credentials that are out for all calls. */
  cooldowns: { credential: string; forMs: number; reason: CooldownReason }[];
  /** The credentials that are out for one model, or for one client's calls of one model. */
  scoped?: ScopedCooldown[];
  /** The median time to the first byte of each model, over the last five minutes. */
  firstBytes?: { key: string; p50Ms: number }[];
}

export interface ScopedCooldown {
  credential: string;
  model: string;
  client?: string | undefined;
  forMs: number;
  reason: CooldownReason;
}

export type ClaimDecision =
  /** No probe is needed: both breakers are closed. */
  | { kind: 'closed' }
  /** The call is the probe. Its end, whatever it is, must be reported with `claim` before the lease runs out. */
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
  scoped?: ScopedCooldown[];
  /** How many reports routers could not deliver, as far as they have said so. */
  lostReports: number;
  /** The last check of each endpoint, if there was any. */
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
  /** How many names it lists; absent until its list is read. */
  listed?: number;
  /** Why the last list could not be read; `missing` is then by the one before. */
  problem?: string;
}

export interface BreakerDetail extends StatisticsSummary {
  key: string;
  state: 'closed' | 'open' | 'half-open';
  retryInMs: number;
  failuresInARow: number;
}
