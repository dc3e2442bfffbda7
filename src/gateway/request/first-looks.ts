import { steadyNowMs } from '../../steady-time.ts';

/** So many begin at a time, until the thread has shown that it copes with more. */
export const looksAtFirst = 16;
/** A thread whose timers ring so late does not cope with what it has. */
export const lagMsMax = 50;
/** So long a thread that is behind is left to read before the next begin. */
export const restMs = 2;
/** Whoever has not come back by then is gone: an answer is waited for less long. */
export const goneMs = 30_000;
/** Whoever stands in line looks so often whether there is room that nobody told of. */
export const recheckMs = 2000;

interface Place {
  readonly sinceMs: number;
}

interface Waiter {
  readonly hasHeard: () => boolean;
  readonly call: (place: Place) => void;
}

/**
 * Has those stand in line who ask for an account that this isolate knows nothing of, where there are too many of them
 * for its thread.
 *
 * Where actors run in the same thread, as they do on a machine of one's own, the first use of one makes a database, and
 * takes longer than all else that a call does there. The thread reads from nobody before it is through with what it has
 * begun. So a thousand at once keep all others from being heard for as long as all of them take, and connections that
 * it has taken and not read from in time are cut. Here few are begun at a time, and between them it reads. Where actors
 * run elsewhere, the thread copes, and the line is gone within a few trips.
 */
export class FirstLooks {
  readonly #inside = new Set<Place>();
  readonly #line = new Set<Waiter>();
  #room = looksAtFirst;

  /**
   * Looks when it is the turn of whoever asks: first come, first served. Whoever need not look any more, since what
   * there is to see was `heard` meanwhile, waits no longer.
   */
  async inTurn<T>(look: () => Promise<T>, heard: () => T | undefined = () => undefined): Promise<T> {
    const mustWait = this.#line.size > 0 || this.#isFull();
    const place = mustWait ? await this.#standInLine(() => heard() !== undefined) : this.#enter();
    try {
      if (this.#inside.size > 1 && heard() === undefined) await this.#letRead();
      return heard() ?? (await look());
    } finally {
      this.#inside.delete(place);
      if (this.#inside.size === 0) this.#room = looksAtFirst;
      this.#callNext();
    }
  }

  /**
   * How late a timer rings says how far behind the thread is. Where it is, it may go from one timer that is due to the
   * next without reading in between, so that another is waited for which is not due yet.
   */
  async #letRead(): Promise<void> {
    const fromMs = steadyNowMs();
    await timer(0);
    const copes = steadyNowMs() - fromMs <= lagMsMax;
    this.#room = copes ? this.#room + 1 : looksAtFirst;
    if (!copes) await timer(restMs);
  }

  async #standInLine(hasHeard: () => boolean): Promise<Place> {
    const turn = Promise.withResolvers<Place>();
    const waiter: Waiter = { hasHeard, call: turn.resolve };
    this.#line.add(waiter);
    // Those who were to call may be gone. One who looks is enough.
    const recheck = setInterval(() => {
      if (this.#line.keys().next().value === waiter) this.#callNext();
    }, recheckMs);
    const place = await turn.promise;
    clearInterval(recheck);
    return place;
  }

  /** Those who have heard need no room, wherever they stand: they are gone again at once. */
  #callNext(): void {
    for (const waiter of this.#line) {
      if (this.#isFull() && !waiter.hasHeard()) continue;
      this.#line.delete(waiter);
      waiter.call(this.#enter());
    }
  }

  #enter(): Place {
    const place = { sinceMs: steadyNowMs() };
    this.#inside.add(place);
    return place;
  }

  /** The platform may end a request at any time, and then it never says that it is through. */
  #isFull(): boolean {
    const goneSinceMs = steadyNowMs() - goneMs;
    for (const place of this.#inside) {
      if (place.sinceMs > goneSinceMs) break;
      this.#inside.delete(place);
    }
    return this.#inside.size >= this.#room;
  }
}

export const firstLooks = new FirstLooks();

async function timer(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
