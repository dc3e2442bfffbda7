/** Timers fire a millisecond early now and then. A smaller difference is no jump of the clock, and it would add up. */
const jumpMsLeast = 50;

/**
 * Turns readings of a wall clock, which may be set back, into a time that never runs backwards. While the wall clock
 * repeats an hour, steady time goes on. So a breaker that opens for 30 s is open for 30 s, and not for an hour. Steady
 * times have a meaning only inside the object that made them. Tell others how long, not until when.
 */
export class SteadyClock {
  #lastWallMs: number;
  #aheadMs: number;

  /** `reachedMs` is the last steady time of an earlier clock. The new one does not fall behind it. */
  constructor(wallMs: number, reachedMs: number) {
    this.#lastWallMs = wallMs;
    this.#aheadMs = Math.max(0, reachedMs - wallMs);
  }

  read(wallMs: number): number {
    this.#aheadMs += Math.max(0, this.#lastWallMs - wallMs);
    this.#lastWallMs = wallMs;
    return wallMs + this.#aheadMs;
  }

  /** Catches up with a steady time that has certainly come. */
  reach(steadyMs: number): void {
    const behindMs = steadyMs - (this.#lastWallMs + this.#aheadMs);
    if (behindMs >= jumpMsLeast) this.#aheadMs += behindMs;
  }
}
