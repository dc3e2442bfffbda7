import type { BreakerConfig } from '../../core/breaker/breaker-config.ts';
import type { Outcome } from '../../core/breaker/breaker.ts';
import type { CooldownReason, CredentialUse } from '../../core/breaker/credential-cooldowns.ts';
import type { ProviderSite } from '../../core/breaker/provider-site.ts';
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
  /** A provider has refused a credential to a call; `by` is left out by routers of the release before. */
  coolDown(credential: string, forMs: number, reason: CooldownReason, by?: RefusedCall): Promise<HealthSnapshot>;
  snapshot(): Promise<HealthSnapshot>;
}

/** Whose credential was refused, and how long before the sending the call was started. */
export interface RefusedCall extends Omit<CredentialUse, 'credential'> {
  elapsedMs: number;
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
  /** Whose call it was: clients are told apart, and not named. */
  client?: string | undefined;
  /** Whether the catalog has the model at this provider; true where it is left out. */
  isListed?: boolean | undefined;
  /** Where the same call has failed before: there it does not count as another failure. */
  failedBefore?: readonly Door[] | undefined;
  /** The name of the credential that the call was served with. */
  accepted?: string | undefined;
}

/** What a failure can be laid at. */
export type Door = 'endpoint' | 'model';

export interface HealthSnapshot {
  /** The breakers that are not closed: 0 ms to wait means that the next call must claim a probe. */
  troubled: { key: string; state: 'open' | 'half-open'; retryInMs: number }[];
  /** What is out for all. */
  cooldowns: { credential: string; forMs: number; reason: CooldownReason }[];
  /** What is out for one model, or for one client's calls of one model. */
  scoped?: ScopedCooldown[];
  /** How long the middle call to a model took to its first byte, where one was measured in the last five minutes. */
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
  scoped?: ScopedCooldown[];
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
