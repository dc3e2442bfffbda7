import type { LimitStanding } from '../ledger/admission.ts';
import type { Limit } from '../ledger/limit.ts';

/** Whose limit it was: the key's own, or one of a parent. */
export interface LimitOwner {
  readonly scope: 'key' | 'user' | 'organization';
  readonly id: string;
}

/** The limits of an account above. Of two, the newer counts. */
export interface Level {
  readonly id: string;
  readonly scope: LimitOwner['scope'];
  readonly version: number;
  readonly limits: readonly Limit[];
}

/** Where an account above stands under each of its limits. */
export interface LevelStanding extends Level {
  readonly standings: readonly LimitStanding[];
}
