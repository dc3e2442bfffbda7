import { vi } from 'vitest';
import { claimWaitMs, healthBatchMs, settleWaitMs } from '../../src/limits.ts';
import type { Env } from '../../src/env.ts';
import { type Between, interceptedEnv } from './gateway-faults.ts';

/** Time in the hand of the test, so that no test takes longer, or comes out differently, on a machine that is slow. */

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

/**
 * The clock stands still, and the router's timers wait, until the test says that time has passed. Calls are to be made in
 * `env`, so that it is known when what a timer has set off is over.
 */
export class TestTime {
  readonly env: Env;
  readonly #timers = new Map<number, Timer>();
  readonly #setTimeout = setTimeout;
  #asking = 0;
  #lastId = 0;

  constructor(between: Between = async ({ ask }) => ask()) {
    vi.useFakeTimers({ toFake: ['Date'] });
    const clear = clearTimeout;
    const set = (run: () => void, ms = 0): unknown => {
      // The timers of accounts, which have all one of these, are not about time, but about the order of things.
      if (ms === 0 || ms === settleWaitMs) return this.#setTimeout(run, ms);
      // No timer of the platform has such a number.
      this.#lastId -= 1;
      this.#timers.set(this.#lastId, { atMs: Date.now() + ms, run });
      return this.#lastId;
    };
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(set as typeof setTimeout);
    vi.spyOn(globalThis, 'clearTimeout').mockImplementation((id) => {
      if (!this.#timers.delete(Number(id))) clear(id);
    });
    this.env = interceptedEnv(
      async (question) => {
        this.#asking += 1;
        return between(question).finally(() => (this.#asking -= 1));
      },
      ['TENANT', 'PROVIDER_HEALTH'],
    );
  }

  /** Lets so much time pass: each timer rings at its time, and what it sets off comes to rest before the next. */
  async pass(ms: number): Promise<void> {
    const untilMs = Date.now() + ms;
    for (;;) {
      await this.rest();
      const [next] = [...this.#timers].toSorted(([, one], [, other]) => one.atMs - other.atMs);
      if (next === undefined || next[1].atMs > untilMs) break;
      const [id, { atMs, run }] = next;
      this.#timers.delete(id);
      vi.setSystemTime(Math.max(Date.now(), atMs));
      run();
    }
    vi.setSystemTime(untilMs);
  }

  /** Returns when nobody waits for an answer any more, and all that follows from the last ones has happened. */
  async rest(): Promise<void> {
    for (let calm = 0; calm < 5; calm += 1) {
      if (this.#asking > 0) calm = 0;
      await new Promise<void>((resolve) => void this.#setTimeout(resolve, 0));
    }
  }
}

/** Retries wait for nothing but their turn. Answers how long each would have waited. */
export function skipRetryWaits(): number[] {
  const waits: number[] = [];
  const wait = scheduler.wait.bind(scheduler);
  vi.spyOn(scheduler, 'wait').mockImplementation(async (ms, options) => {
    // These are how long the health of a provider is waited for, not how long a retry waits.
    if (ms === claimWaitMs || ms === healthBatchMs) return wait(ms, options);
    waits.push(ms);
    return wait(0, options);
  });
  return waits;
}
