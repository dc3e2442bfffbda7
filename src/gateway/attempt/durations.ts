import { afterDoneMs, answerMs, drainMs, firstByteMs, heartbeatMs } from '../../limits.ts';

/** How long the steps of an attempt may take. */
export interface AttemptDurations {
  /** Until a stream begins. */
  readonly firstByteMs: number;
  /** Until an answer that is no stream is complete. */
  readonly answerMs: number;
  /** How long a call is read on after its client has left. */
  readonly drainMs: number;
  /** How long a stream's first event is waited for, in case it is an error that another target would not have. */
  readonly peekMs: number;
  /** How long a stream that began with an error may take to say what it used. */
  readonly afterDoneMs: number;
}

export const standardDurations: AttemptDurations = { firstByteMs, answerMs, drainMs, peekMs: heartbeatMs, afterDoneMs };
