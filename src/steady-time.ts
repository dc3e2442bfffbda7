import { SteadyClock } from './steady-clock.ts';

let clock: SteadyClock | undefined;

/**
 * The time to measure how long things take. It never runs backwards, even if the wall clock does, and means nothing
 * outside this isolate. Use `Date` for times that are shown, stored or compared with another's.
 */
export function steadyNowMs(): number {
  // The clock is made at its first use. While a module loads, the platform's time is 1970.
  const wallMs = Date.now();
  clock ??= new SteadyClock(wallMs, wallMs);
  return clock.read(wallMs);
}

/**
 * Call it when a timer of the platform fires that was set for a steady time. Those timers run on while the wall clock
 * is set back. So that time has come, whatever the clock says.
 */
export function steadyTimeReached(atMs: number): void {
  steadyNowMs();
  clock?.reach(atMs);
}
