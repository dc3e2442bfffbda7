import type { AttemptEnd } from '../../core/breaker/outcome.ts';
import type { PlannedAttempt } from '../../core/routing/plan.ts';
import type { AnyCall } from '../../protocols/protocols.ts';
import type { AdmittedCall } from '../admit/admit.ts';
import type { CallSignals } from '../request/call-signals.ts';
import type { AttemptAnswered, AttemptStreaming } from './attempt.ts';
import type { CallTerms } from './call-outcome.ts';
import type { Progress } from './progress.ts';

/** An admitted call, while its targets are tried. */
export interface Attempting {
  readonly admitted: AdmittedCall;
  readonly progress: Progress;
  readonly signals: CallSignals;
}

/** A call that a provider has answered, or has begun to answer. Its `report` is still to be made. */
export interface ServedCall {
  readonly admitted: AdmittedCall;
  readonly progress: Progress;
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
