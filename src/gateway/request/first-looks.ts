import { steadyNowMs } from '../../steady-time.ts';

/** So many may begin at once, until the thread has shown that it copes with more. */
export const looksAtFirst = 16;
/** A thread whose timers ring later than this does not cope with its load. */
export const lagMsMax = 50;
/** A thread that is behind gets so long to read before the next look begins. */
export const restMs = 2;
/** A look that has not come back by then is gone: nobody waits so long for an answer. */
export const goneMs = 30_000;
/** Whoever was called and has not come by then is gone: the platform lets a request that has ended hear nothing. */
export const calledMs = 250;
/** Those in line check so often whether there is room that nobody announced. */
export const recheckMs = 500;

interface Place {
  readonly sinceMs: number;
  /** Whether the one who was called to it has come. */
  isTaken: boolean;
}

interface Waiter {
  readonly hasHeard: () => boolean;
  readonly call: (place: Place) => void;
}

/**
 * A line for requests of accounts that this isolate does not know yet, where there are too many at once for its thread.
 *
 * Where actors run in the same thread, as on your own machine, the first use of an actor makes a database, and takes
 * longer than all else that a call does there. The thread reads no connection before it has finished what it has begun.
 * So a thousand first uses at once would keep it from reading for as long as all of them take, and connections that it
 * accepted but did not read in time are cut. Here only a few begin at a time, and the thread reads between them. Where
 * actors run elsewhere, the thread copes, and the line is gone within a few trips.
 */
export class FirstLooks {
  readonly #inside = new Set<Place>();
  readonly #line = new Set<Waiter>();
  #room = looksAtFirst;

  /**
   * Looks when its turn comes: first come, first served. If the news was `heard` meanwhile, there is no need to look,
   * and it waits no longer.
   */
  async inTurn<T>(look: () => Promise<T>, heard: () => T | undefined = () => undefined): Promise<T> {
    const mustWait = this.#line.size > 0 || this.#isFull();
    const place = mustWait ? await this.#standInLine(() => heard() !== undefined) : this.#enter(true);
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
   * A late timer shows how far behind the thread is. A late thread may run one due timer after the other without
   * reading in between, so it waits for one more timer that is not due yet.
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
    // Whoever should call the next one may be gone, and so may the first in line: so each of them looks by itself.
    const recheck = setInterval(() => {
      if (!this.#isFull()) this.#callNext();
    }, recheckMs);
    const place = await turn.promise;
    clearInterval(recheck);
    place.isTaken = true;
    return place;
  }

  /** Those who have heard the news need no room, wherever they stand: they leave at once. */
  #callNext(): void {
    for (const waiter of this.#line) {
      if (this.#isFull() && !waiter.hasHeard()) continue;
      this.#line.delete(waiter);
      waiter.call(this.#enter(false));
    }
  }

  #enter(isTaken: boolean): Place {
    const place = { sinceMs: steadyNowMs(), isTaken };
    this.#inside.add(place);
    return place;
  }

  /** The platform may end a request at any time. Then it never says that it is through. */
  #isFull(): boolean {
    const nowMs = steadyNowMs();
    for (const place of this.#inside) {
      if (nowMs - place.sinceMs >= (place.isTaken ? goneMs : calledMs)) this.#inside.delete(place);
    }
    return this.#inside.size >= this.#room;
  }
}

export const firstLooks = new FirstLooks();

async function timer(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
