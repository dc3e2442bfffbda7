import type { PlannedAttempt } from '../../core/routing/plan.ts';
import type { Grant } from '../../core/account/protocol.ts';
import type { AdmittedCall } from '../admit/admit.ts';
import type { AttemptFailure } from './failure.ts';
import type { Charge } from './unreported-charge.ts';
import type { ReportedUsage } from '../../protocols/reported-usage.ts';

/** Where a call stands between its admission and its end. */
export interface Progress {
  /** Upstream requests made so far. */
  attempts: number;
  /** What the attempt under way may use. */
  grant: Grant;
  /** Which attempt the hold is for, in the ledger's count. */
  holdAttempt: number;
  heldModel: string;
  /** What earlier attempts were charged, and the ledger has posted. */
  spentNanoUsd: number;
  /** What the last attempt may have cost, and the ledger has yet to learn: all that it holds, until more is known. */
  owed: Owed;
  /** The last attempt that was made, and how it failed, if it did. */
  attempt: PlannedAttempt | undefined;
  /** What of the client's request that attempt left out. */
  dropped: readonly string[];
  failure: AttemptFailure | undefined;
}

/** What an attempt is charged that failed. */
export interface Owed extends Charge {
  /** What its provider said that it used, where that is what is charged. */
  readonly reported?: ReportedUsage;
}

export const nothingOwed: Owed = { tokens: 0, nanoUsd: 0, inputTokens: 0, outputTokens: 0 };

export function beginProgress({ grant, prepared }: AdmittedCall): Progress {
  return {
    attempts: 0,
    grant,
    holdAttempt: 1,
    heldModel: prepared.attempts[0].bound.model,
    spentNanoUsd: 0,
    owed: nothingOwed,
    attempt: undefined,
    dropped: [],
    failure: undefined,
  };
}
