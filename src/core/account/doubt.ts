import { fenceMs, renewEveryMs } from '../../limits.ts';

/**
 * The last of a lease, which has truly to pass, as the platform's timers tell it, whatever the clock says: in this time
 * an owner that lives renews.
 */
export const doubtMs = renewEveryMs + fenceMs;
/** It passes in pieces, so that a process that was stopped takes no more than one of them for passed. */
export const doubtPieceMs = fenceMs;
/** An actor that is gone before the time of a doubt is over is woken so long after it began. */
export const doubtAlarmMs = doubtMs + 5000;

/** A stretch of time that has truly to pass, whatever clocks say, before holds whose owners are silent are ended. */
export interface Doubt {
  leftMs: number;
}
