import type { AttemptEnd } from '../../core/breaker/outcome.ts';
import type { PlannedAttempt } from '../../core/routing/plan.ts';
import type { AnyCall } from '../../protocols/protocols.ts';
import type { AdmittedCall } from '../admit/admit.ts';
import type { CallSignals } from '../request/call-signals.ts';
import type { AttemptAnswered, AttemptStreaming } from './attempt.ts';
import type { CallTerms } from './call-outcome.ts';
import type { Grant } from '../../core/account/protocol.ts';
import type { FailedAttempt } from '../../core/account/record.ts';
import type { AttemptFailure } from './failure.ts';
import type { Charge } from './unreported-charge.ts';
import type { CostParts } from '../../core/money/cost-parts.ts';
import type { ReportedUsage } from '../../protocols/reported-usage.ts';

/** An admitted call, while its targets are tried. */
export interface Attempting {
  readonly admitted: AdmittedCall;
  readonly progress: Progress;
  readonly signals: CallSignals;
}

/** A call that a provider has answered, or has begun to answer. Its `report` is still to be made. */
export interface ServedCall extends Omit<Attempting, 'signals'> {
  readonly attempt: PlannedAttempt;
  /** The request in the form for the target. */
  readonly sent: AnyCall;
  /** About how large its input is. */
  readonly inputTokensAbout: number;
  /** What it left out of the client's request. */
  readonly dropped: readonly string[];
  /** How often its provider may search, if the client has not said so itself. */
  readonly searchCap: number | undefined;
  readonly result: AttemptStreaming | AttemptAnswered;
  readonly terms: CallTerms;
  readonly report: (end: AttemptEnd, firstByteMs?: number) => void;
}

/** Where a call stands between its admission and its end. */
export interface Progress {
  /** Upstream requests made so far. */
  attempts: number;
  /** What the current attempt may use. */
  grant: Grant;
  /** The number of the attempt that the hold is for, as the ledger counts. */
  holdAttempt: number;
  heldModel: string;
  /** What earlier attempts were charged; the ledger knows of it. */
  spentNanoUsd: number;
  /** What the last attempt may have cost, unknown to the ledger: its whole hold, until more is known. */
  owed: Owed;
  /** The last attempt, and how it failed, if it did. */
  attempt: PlannedAttempt | undefined;
  /** What that attempt left out of the client's request. */
  dropped: readonly string[];
  failure: AttemptFailure | undefined;
  /** The attempts that have failed, in order. */
  readonly failed: FailedAttempt[];
}

/** The charge for a failed attempt. */
export interface Owed extends Charge {
  /** What its provider said that it used, if that is the charge. */
  readonly reported?: ReportedUsage;
  readonly costParts?: CostParts | undefined;
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
    failed: [],
  };
}
