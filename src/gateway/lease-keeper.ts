import { fenceMs, renewEveryMs } from '../limits.ts';
import { CallClock } from './call-clock.ts';

/**
 * Keeps a call's lease while it runs, and is its fence: `signal` aborts the call when its hold has ended, or when no
 * renewal has come through by `fenceMs` before the end of the lease. So a slot that the actor gives away is never still
 * in use. Costs a timer, and no request to the actor, for calls shorter than `renewEveryMs`.
 */
export class LeaseKeeper {
  readonly #renew: () => Promise<boolean>;
  readonly #leaseMs: number;
  readonly #fence = new AbortController();
  readonly #everyMs: number;
  #renewedAtMs: number;
  readonly #clock: CallClock;
  #callOff: (() => void) | undefined;

  /** `grantedAtMs` is when the admit was sent: the actor's own count of the lease began no earlier. */
  constructor(
    renew: () => Promise<boolean>,
    leaseMs: number,
    grantedAtMs: number,
    clock: CallClock = new CallClock(),
    everyMs: number = renewEveryMs,
  ) {
    this.#renew = renew;
    this.#leaseMs = leaseMs;
    this.#renewedAtMs = grantedAtMs;
    this.#everyMs = everyMs;
    this.#clock = clock;
    // The admission may have taken a while: the lease began with it at the latest.
    this.#turnIn(Math.max(0, grantedAtMs + everyMs - Date.now()));
  }

  get signal(): AbortSignal {
    return this.#fence.signal;
  }

  stop(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }

  #turnIn(ms: number): void {
    this.#callOff = this.#clock.after(ms, () => void this.#turn());
  }

  async #turn(): Promise<void> {
    const askedAtMs = Date.now();
    try {
      if (await this.#renew()) this.#renewedAtMs = askedAtMs;
      else return this.#abort('the hold of this call has ended');
    } catch {
      // Not reached. The next turn comes sooner; the fence falls if none gets through in time.
    }
    if (this.#callOff === undefined) return;
    const fencedInMs = this.#renewedAtMs + this.#leaseMs - fenceMs - Date.now();
    if (fencedInMs <= 0) return this.#abort('the lease of this call could not be renewed');
    const nextMs = this.#renewedAtMs === askedAtMs ? this.#everyMs : Math.min(this.#everyMs / 6, fencedInMs);
    this.#turnIn(nextMs);
  }

  #abort(reason: string): void {
    this.stop();
    this.#fence.abort(new Error(reason));
  }
}
