import { callMsMax } from '../../limits.ts';
import type { CallClock } from './call-clock.ts';
import type { Signal } from './plain-signal.ts';

/** When a call is over, whatever it has come to. */
interface Deadline {
  /** In steady time. */
  readonly deadlineMs: number;
  /** What its client is told then. */
  readonly timeIsOver: string;
}

/** What can end a call from outside. None of it ends anything by itself: an `Upstream` listens. */
export interface CallSignals extends Deadline {
  /** Aborted when the client has left. */
  readonly client: Signal;
  /** Aborted when the lease of the call can't be kept. */
  readonly fence: Signal;
  /** All timers of the call. Whoever made the clock stops it when the call has ended. */
  readonly clock: CallClock;
}

export function deadlineOf(startedMs: number, timeoutMs: number | undefined): Deadline {
  if (timeoutMs === undefined) {
    return { deadlineMs: startedMs + callMsMax, timeIsOver: 'A call may take an hour at most, and that is over.' };
  }
  const timeIsOver = 'The time that this call may take (x-gateway-timeout-ms) is over.';
  return { deadlineMs: startedMs + timeoutMs, timeIsOver };
}
