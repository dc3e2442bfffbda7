/** Timers fire a millisecond early now and then. What is less than this is no jump of the clock, and would add up. */
const jumpMsLeast = 50;

/**
 * Turns readings of a wall clock, which may be set back, into a time that never runs backwards. While the wall clock
 * repeats an hour, steady time goes on from where it was; so a breaker that is open for 30 s is open for 30 s of
 * elapsed time, and is not held open for an hour. Steady times mean something only to the object that made them:
 * outside it, say how long, not until when.
 */
export class SteadyClock {
  #lastWallMs: number;
  #aheadMs: number;

  /** `reachedMs` is a steady time of an earlier life of this clock, which the new one must not fall behind. */
  constructor(wallMs: number, reachedMs: number) {
    this.#lastWallMs = wallMs;
    this.#aheadMs = Math.max(0, reachedMs - wallMs);
  }

  read(wallMs: number): number {
    this.#aheadMs += Math.max(0, this.#lastWallMs - wallMs);
    this.#lastWallMs = wallMs;
    return wallMs + this.#aheadMs;
  }

  /** Catches up with a steady time that is known to have come. */
  reach(steadyMs: number): void {
    const behindMs = steadyMs - (this.#lastWallMs + this.#aheadMs);
    if (behindMs >= jumpMsLeast) this.#aheadMs += behindMs;
  }
}
