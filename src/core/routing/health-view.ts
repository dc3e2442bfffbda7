import type { Standing } from '../breaker/breaker.ts';
import type { Cooldown, CredentialUse } from '../breaker/credential-cooldowns.ts';

/** What a plan asks about health. The answers come at once, from the last news in the isolate. */
export interface HealthView {
  /** Whether a call may start: freely ('closed'), as a probe after a claim, or not before `retryAtMs` ('open'). */
  standing(provider: string, endpoint: string, model: string, nowMs: number): Standing;
  /** The cool-down that keeps the credential from this use; undefined if there is none. */
  cooldown(provider: string, use: CredentialUse, nowMs: number): Cooldown | undefined;
  /** The median time to the first byte; undefined without recent measurements. */
  firstByteMs(provider: string, model: string): number | undefined;
}
