import type { PlannedAttempt } from '../../core/routing/plan.ts';
import type { AdmittedCall } from '../admit/admit.ts';
import type { CallInput } from '../admit/plan-call.ts';
import type { Exchange } from '../request/exchange.ts';
import type { AttemptAnswered, AttemptStreaming } from './attempt.ts';
import type { Progress } from './progress.ts';

/** A call that a provider has answered, or has begun to. */
export interface AnsweredCall {
  readonly input: CallInput;
  readonly admitted: AdmittedCall;
  readonly progress: Progress;
  readonly attempt: PlannedAttempt;
  /** What of the client's request the attempt left out. */
  readonly dropped: readonly string[];
  readonly searchCap: number | undefined;
  readonly result: AttemptStreaming | AttemptAnswered;
  readonly exchange: Exchange;
}
