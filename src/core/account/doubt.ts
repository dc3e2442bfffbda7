import { fenceMs, renewEveryMs } from '../../limits.ts';

/** The last part of a lease. It must really pass, by the platform's timers: in it an owner that lives renews. */
export const doubtMs = renewEveryMs + fenceMs;
/** It passes in pieces: a process that was stopped takes no more than one of them for passed. */
export const doubtPieceMs = fenceMs;
/** When an actor that is gone is woken, counted from the beginning of a doubt. */
export const doubtAlarmMs = doubtMs + 5000;

/** The time that must really pass before holds with silent owners end. */
export interface Doubt {
  leftMs: number;
}
