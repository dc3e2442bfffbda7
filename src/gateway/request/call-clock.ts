import { answerWithin } from '../../answer-within.ts';
import { afterStopMs, stopMsLeast } from '../../limits.ts';
import { steadyNowMs, steadyTimeReached } from '../../steady-time.ts';

interface Timer {
  readonly id: ReturnType<typeof setTimeout>;
  /** When it fires, in steady time. */
  readonly atMs: number;
  /** How long it takes, whatever the wall clock does meanwhile. */
  readonly delayMs: number;
}

/**
 * All timers of one call share one timer of the platform: setting and clearing those is a good part of what a call
 * costs, and nearly all are cleared before they fire. The platform's timer is never moved to a later time. It fires,
 * finds what is due, and is set again.
 *
 * The clock goes by steady time: when the wall clock is set back or ahead, its timers still ring in time. For that, a
 * timer of the platform that an earlier one has overtaken is left to fire: it tells how much time has really passed,
 * which the wall clock can't. One exception is left. If the wall clock is set ahead and then back before a platform
 * timer fires, a timer that was set in between may ring late, by as long as that one takes.
 */
export class CallClock {
  readonly #due = new Set<{ readonly atMs: number; readonly fire: () => void }>();
  readonly #timers = new Set<Timer>();
  readonly #stopListeners: ((stoppedMs: number) => void)[] = [];
  #turnedAtMs = Number.NEGATIVE_INFINITY;
  #believedFromMs = Number.NEGATIVE_INFINITY;

  /** Calls `fire` once after so many milliseconds. Returns a function that calls it off. */
  after(ms: number, fire: () => void): () => void {
    const delayMs = Math.max(0, ms);
    const entry = { atMs: steadyNowMs() + delayMs, fire };
    this.#due.add(entry);
    this.#see(entry.atMs, delayMs);
    return () => {
      this.#due.delete(entry);
    };
  }

  /** As `answerWithin`, on this clock. */
  async within<T>(ms: number, answer: Promise<T>): Promise<T> {
    return answerWithin(ms, answer, (delayMs, fire) => this.after(delayMs, fire));
  }

  /**
   * Tells `listener` for how long nothing ran here, once that is noticed: the machine slept, or was busy. What was
   * received meanwhile is read before any timer is believed.
   */
  onStop(listener: (stoppedMs: number) => void): void {
    this.#stopListeners.push(listener);
  }

  /** Nothing fires any more, unless something is set again. */
  stop(): void {
    this.#due.clear();
    this.#clear(() => true);
  }

  #clear(isOver: (timer: Timer) => boolean): void {
    for (const timer of this.#timers) {
      if (!isOver(timer)) continue;
      clearTimeout(timer.id);
      this.#timers.delete(timer);
    }
  }

  /** Makes sure that a timer of the platform fires by then. */
  #see(atMs: number, delayMs: number): void {
    for (const timer of this.#timers) if (timer.atMs <= atMs && timer.delayMs <= delayMs) return;
    const timer: Timer = { id: setTimeout(() => this.#turn(timer), delayMs), atMs, delayMs };
    this.#timers.add(timer);
  }

  #turn(timer: Timer): void {
    this.#timers.delete(timer);
    steadyTimeReached(timer.atMs);
    const nowMs = steadyNowMs();
    const stoppedMs = nowMs - Math.max(timer.atMs, this.#turnedAtMs);
    this.#turnedAtMs = nowMs;
    if (stoppedMs >= stopMsLeast) {
      this.#believedFromMs = nowMs + afterStopMs;
      this.#clear((other) => other.atMs <= nowMs);
      for (const listener of this.#stopListeners) listener(stoppedMs);
    }
    if (nowMs >= this.#believedFromMs) this.#ring(nowMs);
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { atMs } of this.#due) nextMs = Math.min(nextMs, atMs);
    if (nextMs === Number.POSITIVE_INFINITY) return;
    const seenMs = Math.max(nextMs, this.#believedFromMs);
    this.#see(seenMs, Math.max(0, seenMs - steadyNowMs()));
  }

  #ring(nowMs: number): void {
    for (const entry of this.#due) {
      if (entry.atMs > nowMs) continue;
      this.#due.delete(entry);
      entry.fire();
    }
  }
}
