import { fenceMs, renewEveryMs } from '../../limits.ts';
import { CallClock } from '../request/call-clock.ts';
import { steadyNowMs } from '../../steady-time.ts';

/**
 * Keeps a call's lease while it runs, and is its fence: `signal` aborts the call when its hold has ended, or when no
 * renewal has come through by `fenceMs` before the end of the lease. So a slot that the actor gives away is never still
 * in use. Costs a timer, and no request to the actor, for calls shorter than `renewEveryMs`.
 */
export class LeaseKeeper {
  readonly #renew: () => Promise<boolean>;
  readonly #leaseMs: number;
  readonly #everyMs: number;
  readonly #clock: CallClock;
  readonly #fence = new AbortController();
  #callOffTurn: (() => void) | undefined;
  #callOffFence: (() => void) | undefined;

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
    const fencedInMs = this.#fenceFrom(grantedMs);
    // A call that waited for its turn has not as long.
    this.#turnIn(Math.min(everyMs, fencedInMs / 2));
  }

  get signal(): AbortSignal {
    return this.#fence.signal;
  }

  stop(): void {
    this.#callOffTurn?.();
    this.#callOffTurn = undefined;
    this.#callOffFence?.();
  }

  /** A renewal that is still under way does not keep the fence from falling. Answers when it falls. */
  #fenceFrom(renewedMs: number): number {
    this.#callOffFence?.();
    const fencedInMs = renewedMs + this.#leaseMs - fenceMs - steadyNowMs();
    this.#callOffFence = this.#clock.after(fencedInMs, () =>
      this.#abort('the lease of this call could not be renewed'),
    );
    return fencedInMs;
  }

  #turnIn(ms: number): void {
    this.#callOffTurn = this.#clock.after(ms, () => void this.#turn());
  }

  async #turn(): Promise<void> {
    const askedMs = steadyNowMs();
    const answer = await this.#renew().catch(() => undefined);
    if (this.#callOffTurn === undefined) return;
    if (answer === false) return this.#abort('the hold of this call has ended');
    if (answer === true) this.#fenceFrom(askedMs);
    // Not reached: it is asked again soon, and the fence falls if no answer comes in time.
    this.#turnIn(answer === true ? this.#everyMs : this.#everyMs / 6);
  }

  #abort(reason: string): void {
    this.stop();
    this.#fence.abort(new Error(reason));
  }
}
