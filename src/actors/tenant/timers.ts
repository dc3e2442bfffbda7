import type { Engine } from '../../core/account/engine.ts';
import { type Doubt, doubtPieceMs } from '../../core/account/doubt.ts';

/** When the next flush of an account is. There is one at a time: whoever wants it earlier moves it, nobody later. */
export class FlushTimer {
  readonly #flush: () => void;
  #timer: { readonly id: ReturnType<typeof setTimeout>; readonly dueMs: number } | undefined;
  #isFlushing = false;

  constructor(flush: () => void) {
    this.#flush = flush;
  }

  flushIn(delayMs: number): void {
    const dueMs = Date.now() + delayMs;
    if (this.#timer !== undefined) {
      if (this.#timer.dueMs <= dueMs) return;
      clearTimeout(this.#timer.id);
    }
    this.#timer = { id: setTimeout(() => this.#ring(), delayMs), dueMs };
  }

  /** A timer takes a millisecond at the least. In a microtask the callers of this very turn still come along. */
  flushAtOnce(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      if (this.#timer !== undefined) clearTimeout(this.#timer.id);
      this.#ring();
    });
  }

  #ring(): void {
    this.#timer = undefined;
    this.#flush();
  }
}

/** How many commands there were at the last turn that waited for more, and how many such turns there have been. */
const alone = { queued: 0, turns: 0 };
const companyTurnsMax = 4;

/**
 * Whether to let another turn of the event loop bring more company. A command that is alone never waits, and none waits
 * for longer than a few turns: what they save under load is a row and an fsync each.
 */
export class Company {
  #last = alone;

  isGrowing({ queued, isComplete }: Pick<Engine, 'queued' | 'isComplete'>): boolean {
    const { queued: before, turns } = this.#last;
    const grows = !isComplete && queued > 1 && queued > before && turns < companyTurnsMax;
    this.#last = grows ? { queued, turns: turns + 1 } : alone;
    return grows;
  }
}

/**
 * Lets the time of a doubt pass by the platform's timers, which keep the actor awake meanwhile. After a stop of the
 * process all of its timers fire at once, before what was received is read.
 */
export function letPass(doubt: Doubt, whenOver: () => void): void {
  const pieceMs = Math.min(doubtPieceMs, doubt.leftMs);
  setTimeout(() => {
    doubt.leftMs -= pieceMs;
    if (doubt.leftMs > 0) letPass(doubt, whenOver);
    else whenOver();
  }, pieceMs);
}
