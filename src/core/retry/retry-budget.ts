import { retriesPerMinuteLeast, retryPercentMax } from '../../limits.ts';
import { SteadyClock } from '../../steady-clock.ts';
import { type TimePanes, advancePanes, newTimePanes } from '../breaker/time-panes.ts';

/**
 * Keeps the repeats to one provider from making its trouble worse. Within any minute an isolate repeats at most
 * `retryPercentMax` in a hundred of its calls to the provider. The first attempt of a call at a provider is a call,
 * each further one there a retry. `retriesPerMinuteLeast` are always let through, so that a provider that is seldom
 * called can be asked again at all.
 */
export class RetryBudget {
  readonly #clock: SteadyClock;
  #window: TimePanes<Counts>;

  constructor(nowMs: number) {
    this.#clock = new SteadyClock(nowMs, 0);
    this.#window = newTimePanes(paneCount, paneMs, nowMs, nothing);
  }

  noteCall(nowMs: number): void {
    this.#add(nowMs, { calls: 1, retries: 0 });
  }

  /** Whether a retry would be let through now. */
  hasRoom(nowMs: number): boolean {
    const { panes } = this.#advance(nowMs);
    const retries = panes.reduce((sum, pane) => sum + pane.retries, 0);
    // All panes are more than a minute, and all but the oldest are less: so neither sum is too generous.
    const calls = panes.slice(0, -1).reduce((sum, pane) => sum + pane.calls, 0);
    return retries < Math.max(retriesPerMinuteLeast, Math.floor((calls * retryPercentMax) / 100));
  }

  /** Takes a retry if there is room for one, and says whether there was. */
  takeRetry(nowMs: number): boolean {
    if (!this.hasRoom(nowMs)) return false;
    this.#add(nowMs, { calls: 0, retries: 1 });
    return true;
  }

  #add(nowMs: number, { calls, retries }: Counts): void {
    const window = this.#advance(nowMs);
    const panes = window.panes.map((pane, index) =>
      index === 0 ? { calls: pane.calls + calls, retries: pane.retries + retries } : pane,
    );
    this.#window = { ...window, panes };
  }

  #advance(nowMs: number): TimePanes<Counts> {
    this.#window = advancePanes(this.#window, this.#clock.read(nowMs), nothing);
    return this.#window;
  }
}

/** The budgets of one isolate, by provider. */
export class RetryBudgets {
  readonly #budgets = new Map<string, RetryBudget>();

  of(provider: string, nowMs: number): RetryBudget {
    const known = this.#budgets.get(provider);
    if (known !== undefined) return known;
    const fresh = new RetryBudget(nowMs);
    this.#budgets.set(provider, fresh);
    return fresh;
  }
}

interface Counts {
  readonly calls: number;
  readonly retries: number;
}

const nothing = (): Counts => ({ calls: 0, retries: 0 });
const paneMs = 5000;
/** A minute of them, and one more, since the newest is never whole. */
const paneCount = 13;
