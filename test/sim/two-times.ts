/** What the clock of the account shows, and the time that truly passes, by which routers go. */
export class TwoTimes {
  clockMs = Date.UTC(2027, 10, 28, 23, 0, 0);
  /** By how much the clock was set in all. */
  #jumpedMs = 0;

  get passedMs(): number {
    return this.clockMs - this.#jumpedMs;
  }

  /** Time passes, until the clock shows this. */
  passUntil(clockMs: number): void {
    this.clockMs = clockMs;
  }

  /** The clock is set by so much. No time passes. */
  jump(ms: number): void {
    this.clockMs += ms;
    this.#jumpedMs += ms;
  }

  /** What the clock will show at a moment, if nobody sets it meanwhile. */
  clockAt(passedMs: number): number {
    return passedMs + this.#jumpedMs;
  }
}
