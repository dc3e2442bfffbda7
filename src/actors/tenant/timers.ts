import type { Engine } from '../../core/account/engine.ts';
import { type Doubt, doubtPieceMs } from '../../core/account/doubt.ts';

/** The timer of an account's next flush. It can be moved to an earlier time, never to a later one. */
export class FlushTimer {
  readonly #flush: () => void;
  #timer: { readonly id: ReturnType<typeof setTimeout>; readonly dueMs: number } | undefined;
  #isFlushing = false;
  #messageMs = 0;
  readonly #company = new Company();

  constructor(flush: () => void) {
    this.#flush = flush;
  }

  /** At once, if nobody else is worth waiting for. */
  flushIn(delayMs: number, { isComplete }: Pick<Engine, 'isComplete'>): void {
    if (delayMs === 0 && isComplete) return this.#flushAtOnce();
    const dueMs = Date.now() + delayMs;
    if (this.#timer !== undefined) {
      if (this.#timer.dueMs <= dueMs) return;
      clearTimeout(this.#timer.id);
    }
    this.#timer = { id: setTimeout(() => this.#ring(), delayMs), dueMs };
  }

  /** Flushes what has come together, which needs no more company. */
  flushTogether(): void {
    this.#company.isHere();
    this.#flushAtOnce();
  }

  /** Flushes a message of its own at once, unless others came just now: then some of theirs are worth waiting for. */
  flushMessage(engine: Pick<Engine, 'isComplete'>): void {
    const nowMs = Date.now();
    const isBusy = nowMs - this.#messageMs < messageApartMs;
    this.#messageMs = nowMs;
    if (isBusy) this.flushIn(0, engine);
    else this.flushTogether();
  }

  isWorthWaiting(engine: Pick<Engine, 'queued' | 'isComplete'>): boolean {
    return this.#company.isGrowing(engine);
  }

  /** Flushes in a microtask: the callers of this turn still come along, and a timer takes at least a millisecond. */
  #flushAtOnce(): void {
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

/** The commands at the last turn that waited for more, and how many such turns there were. */
const alone = { queued: 0, turns: 0 };
const companyTurnsMax = 4;
/** Messages of accounts below that come so close together are decided together. */
const messageApartMs = 2;

/**
 * Whether to wait one more turn of the event loop for more commands. A command that is alone never waits, and none
 * waits longer than a few turns. Under load, each that comes along saves a row and an fsync.
 */
class Company {
  #last = alone;

  /** Whoever was worth waiting for has come. */
  isHere(): void {
    this.#last = { queued: Number.POSITIVE_INFINITY, turns: 0 };
  }

  isGrowing({ queued, isComplete }: Pick<Engine, 'queued' | 'isComplete'>): boolean {
    const { queued: before, turns } = this.#last;
    const grows = !isComplete && queued > 1 && queued > before && turns < companyTurnsMax;
    this.#last = grows ? { queued, turns: turns + 1 } : alone;
    return grows;
  }
}

/**
 * Lets the time of a doubt pass by the platform's timers, which keep the actor awake. After a stop of the process all
 * of its timers fire at once, before it reads what it has received.
 */
export function letPass(doubt: Doubt, whenOver: () => void): void {
  const pieceMs = Math.min(doubtPieceMs, doubt.leftMs);
  setTimeout(() => {
    doubt.leftMs -= pieceMs;
    if (doubt.leftMs > 0) letPass(doubt, whenOver);
    else whenOver();
  }, pieceMs);
}
