import type { Standing } from '../breaker/breaker.ts';
import type { Cooldown, CredentialUse } from '../breaker/credential-cooldowns.ts';

/** What a plan may ask of health. It answers at once, from what the isolate was last told. */
export interface HealthView {
  /**
   * Whether a call may start: freely ('closed'), as a probe that must be claimed, or not before `retryAtMs` ('open').
   */
  standing(provider: string, endpoint: string, model: string, nowMs: number): Standing;
  /** The cool-down that keeps a credential from being used so, or undefined where it may be. */
  cooldown(provider: string, use: CredentialUse, nowMs: number): Cooldown | undefined;
  /** The worst state of any breaker of the provider. */
  state(provider: string): 'closed' | 'half-open' | 'open';
  /** How long the middle call to a model took to its first byte; undefined where none was measured of late. */
  firstByteMs(provider: string, model: string): number | undefined;
}
