import { fenceMs, renewEveryMs, renewalsMax } from '../../limits.ts';
import { CallClock } from '../request/call-clock.ts';
import { PlainSignal } from '../request/plain-signal.ts';
import { steadyNowMs } from '../../steady-time.ts';

/**
 * Renews a call's lease while it runs, and is its fence: `signal` aborts the call when its hold has ended, or when no
 * renewal has come through by `fenceMs` before the end of the lease. So a slot that the actor gives away is never still
 * in use. Calls shorter than `renewEveryMs` cost a timer, and no request to the actor.
 */
export class LeaseKeeper {
  readonly #renew: () => Promise<boolean>;
  readonly #leaseMs: number;
  readonly #everyMs: number;
  readonly #clock: CallClock;
  readonly #fence = new PlainSignal();
  #renewedMs: number;
  #renewals = 0;
  #isStopped = false;
  #callOffTurn = (): void => undefined;
  #callOffFence = (): void => undefined;

  /** `grantedMs` is when the admit was sent, in steady time: the actor began to count the lease no earlier. */
  constructor(
    renew: () => Promise<boolean>,
    leaseMs: number,
    grantedMs: number,
    clock: CallClock = new CallClock(),
    everyMs: number = renewEveryMs,
  ) {
    this.#renew = renew;
    this.#leaseMs = leaseMs;
    this.#everyMs = everyMs;
    this.#clock = clock;
    this.#renewedMs = grantedMs;
    const fencedInMs = this.#setFence();
    // A call that waited for its turn has less time.
    this.#turnIn(Math.min(everyMs, fencedInMs / 2));
    clock.onStop(() => this.#askAfterStop());
  }

  get signal(): PlainSignal {
    return this.#fence;
  }

  stop(): void {
    this.#isStopped = true;
    this.#callOffTurn();
    this.#callOffFence();
  }

  /**
   * The process was stopped, or the clock was set ahead, and the fence is overdue. If the actor still has the lease, it
   * was only the clock: so the actor is asked before the timers are believed.
   */
  #askAfterStop(): void {
    if (this.#isStopped || this.#fencedInMs() > 0) return;
    this.#callOffTurn();
    void this.#turn();
  }

  /**
   * Sets the fence, and returns in how many milliseconds it falls. A renewal under way does not keep it from falling.
   */
  #setFence(): number {
    this.#callOffFence();
    const fencedInMs = this.#fencedInMs();
    this.#callOffFence = this.#clock.after(fencedInMs, () => this.#fall());
    return fencedInMs;
  }

  #fencedInMs(): number {
    return this.#renewedMs + this.#leaseMs - fenceMs - steadyNowMs();
  }

  #turnIn(ms: number): void {
    this.#callOffTurn();
    this.#callOffTurn = this.#clock.after(ms, () => void this.#turn());
  }

  async #turn(): Promise<void> {
    const askedMs = steadyNowMs();
    const answer = await this.#renew().catch(() => undefined);
    if (this.#isStopped) return;
    if (answer === false) return this.#fall();
    if (answer === true) return this.#renewed(askedMs);
    // Nobody answered: it asks again soon, and the fence falls if no answer comes in time.
    this.#turnIn(this.#everyMs / 6);
  }

  #renewed(askedMs: number): void {
    this.#renewals += 1;
    // A call that goes on for ever is ended some day.
    if (this.#renewals > renewalsMax) return this.#fall();
    // After a stop two renewals may be under way, and be answered in any order.
    this.#renewedMs = Math.max(this.#renewedMs, askedMs);
    this.#setFence();
    this.#turnIn(this.#everyMs);
  }

  #fall(): void {
    this.stop();
    this.#fence.abort();
  }
}
