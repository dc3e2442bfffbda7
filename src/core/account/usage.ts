import type { LimitStanding } from '../ledger/admission.ts';
import type { LevelStanding, LimitOwner } from './level.ts';
import type { AccountView } from './protocol.ts';

export interface Usage {
  readonly account: AccountView;
  readonly owner: LimitOwner;
  readonly atMs: number;
  readonly standings: readonly LimitStanding[];
  readonly spend: { readonly todayNanoUsd: number; readonly monthNanoUsd: number; readonly totalNanoUsd: number };
  readonly byModel: readonly ModelUsage[];
  /** How many calls were billed more than their bound. Missing in releases that did not count them. */
  readonly breaches?: number;
  /** Where the accounts above stand. Missing if none has limits, or none was asked. */
  readonly above?: readonly LevelStanding[];
}

export interface ModelUsage {
  readonly model: string;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: number;
}
