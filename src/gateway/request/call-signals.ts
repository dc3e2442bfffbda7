import type { CallClock } from './call-clock.ts';

/** What can end a call from outside. None of it ends anything by itself: an `Upstream` listens. */
export interface CallSignals {
  /** Aborted when the client has left. */
  readonly client: AbortSignal;
  /** Aborted when the lease of the call can't be kept. */
  readonly fence: AbortSignal;
  /** The steady time at which the time of the call is over; undefined where it has as much as it takes. */
  readonly deadlineMs: number | undefined;
  /** What the client is told then. */
  readonly timeIsOver: string;
  /** Where the call has all its timers. Whoever made it stops it, when the call has ended. */
  readonly clock: CallClock;
}
