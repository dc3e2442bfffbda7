import { SteadyClock } from './steady-clock.ts';

let clock: SteadyClock | undefined;

/**
 * The time to measure how long things take. It never runs backwards, whatever becomes of the wall clock, and means
 * nothing outside this isolate: for what is shown, written down or compared with another's time there is `Date`.
 */
export function steadyNowMs(): number {
  // Not before it is asked for: where the platform has no time yet, this would begin in 1970.
  const wallMs = Date.now();
  clock ??= new SteadyClock(wallMs, wallMs);
  return clock.read(wallMs);
}

/**
 * For whoever had the platform's own timer set for a steady time, when it fires. Those timers run on while the wall
 * clock is set back, so that so much time has passed, whatever the clock says.
 */
export function steadyTimeReached(atMs: number): void {
  steadyNowMs();
  clock?.reach(atMs);
}
