import type { AttemptEnd } from '../../core/breaker/outcome.ts';
import type { PlannedAttempt } from '../../core/routing/plan.ts';
import type { AnyCall } from '../../protocols/protocols.ts';
import type { AdmittedCall } from '../admit/admit.ts';
import type { CallSignals } from '../request/call-signals.ts';
import type { AttemptAnswered, AttemptStreaming } from './attempt.ts';
import type { CallTerms } from './call-outcome.ts';
import type { Progress } from './progress.ts';

/** A call that was admitted, while its targets are tried. */
export interface Attempting {
  readonly admitted: AdmittedCall;
  readonly progress: Progress;
  readonly signals: CallSignals;
}

/** A call that a provider has answered, or has begun to. The pass that it was let in with is yet to be reported. */
export interface ServedCall {
  readonly admitted: AdmittedCall;
  readonly progress: Progress;
  readonly attempt: PlannedAttempt;
  /** The request as the attempt made it. */
  readonly sent: AnyCall;
  /** About what that puts in. */
  readonly inputTokensAbout: number;
  /** What of the client's request it left out. */
  readonly dropped: readonly string[];
  /** How often its provider was allowed to search, where the client has not said so itself. */
  readonly searchCap: number | undefined;
  readonly result: AttemptStreaming | AttemptAnswered;
  readonly terms: CallTerms;
  readonly report: (end: AttemptEnd, firstByteMs?: number) => void;
}
