import { vi } from 'vitest';
import { claimWaitMs, healthBatchMs, settleWaitMs } from '../../src/limits.ts';
import {
  deliverAnswerMs,
  deliverBeforeReadMs,
  deliverWaitMs,
  endTakenMs,
} from '../../src/core/account/uplink/delivery-limits.ts';
import { askAnswerMs } from '../../src/core/account/uplink/ask-limits.ts';
import type { Env } from '../../src/env.ts';
import { type Between, interceptedEnv } from './gateway-faults.ts';

/** The test decides how time passes, so that a slow machine changes nothing. */

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

const ofAccounts: ReadonlySet<number> = new Set([
  0,
  settleWaitMs,
  deliverWaitMs,
  deliverAnswerMs,
  deliverBeforeReadMs,
  endTakenMs,
  askAnswerMs,
]);

/**
 * The clock and the router's timers stand still until the test lets time pass. Calls must be made in `env`, which shows
 * when the work of a timer is over.
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
      // The timers of accounts all have one of these times. They decide an order, and not a time.
      if (ofAccounts.has(ms)) return this.#setTimeout(run, ms);
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

  /** Lets so much time pass. Each timer rings at its time, and its work ends before the next one rings. */
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

  /** Returns when no question waits for an answer, and the work after the last answers is done. */
  async rest(): Promise<void> {
    for (let calm = 0; calm < 5; calm += 1) {
      if (this.#asking > 0) calm = 0;
      await new Promise<void>((resolve) => void this.#setTimeout(resolve, 0));
    }
  }
}

/** Retries don't wait. Answers how long each would have waited. */
export function skipRetryWaits(): number[] {
  const waits: number[] = [];
  const wait = scheduler.wait.bind(scheduler);
  vi.spyOn(scheduler, 'wait').mockImplementation(async (ms, options) => {
    // These waits are for the health of a provider, and not for a retry.
    if (ms === claimWaitMs || ms === healthBatchMs) return wait(ms, options);
    waits.push(ms);
    return wait(0, options);
  });
  return waits;
}
