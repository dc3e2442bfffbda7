import { lagMsMax as standardLagMsMax } from '../../limits.ts';
import { Lag } from './lag.ts';
import type { CallClock } from '../request/call-clock.ts';
import type { Signal } from '../request/plain-signal.ts';
import type { CallSignals } from '../request/call-signals.ts';
import type { OnClientLeft } from './unreported-charge.ts';
import { steadyNowMs } from '../../steady-time.ts';

/** Why an attempt was ended before its provider ended it. */
export type Interruption =
  | 'client-left'
  | 'first-byte-timeout'
  | 'stalled'
  | 'cut-off'
  /** The lease of the call could not be kept. */
  | 'fenced'
  /** The time of the call is over. */
  | 'timed-out'
  /** Everything that matters has arrived. */
  | 'finished';

/**
 * One upstream call and everything that may end it early. The first reason counts; it aborts `signal`, which cancels
 * the call. Whoever made the call must `release` it, however it ended.
 */
export class Upstream {
  /** Must be told when a stream is read, and when it is passed on. */
  readonly lag = new Lag();
  readonly #controller = new AbortController();
  readonly #signals: CallSignals;
  readonly #onClientLeft: OnClientLeft;
  readonly #drainMs: number;
  readonly #lagMsMax: number;
  readonly #callOffs: (() => void)[] = [];
  readonly #listeners: (() => void)[] = [];
  #interruption: Interruption | undefined;
  #hasClientLeft = false;
  #isOverdue = false;

  constructor(signals: CallSignals, onClientLeft: OnClientLeft, drainMs: number, lagMsMax: number = standardLagMsMax) {
    this.#signals = signals;
    this.#onClientLeft = onClientLeft;
    this.#drainMs = drainMs;
    this.#lagMsMax = lagMsMax;
    this.#listen(signals.client, () => this.clientLeft());
    this.#listen(signals.fence, () => this.interrupt('fenced'));
    signals.clock.onStop((stoppedMs) => this.lag.stopped(stoppedMs));
    this.#later(signals.deadlineMs - steadyNowMs(), () => this.#timeIsOver());
  }

  get clock(): CallClock {
    return this.#signals.clock;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get interruption(): Interruption | undefined {
    return this.#interruption;
  }

  get hasClientLeft(): boolean {
    return this.#hasClientLeft;
  }

  /** What the client is told when the time of the call is over. */
  get timeIsOver(): string {
    return this.#signals.timeIsOver;
  }

  /** Whether the time of the call is over. From then on the client only gets word of that. */
  get isOverdue(): boolean {
    return this.#isOverdue;
  }

  /** The charge for an early end whose true usage stays unknown. */
  get chargeIfEarly(): 'cancelled' | 'unknown' {
    return this.#isPaidAsReceived && !this.#lags ? 'cancelled' : 'unknown';
  }

  /** A signal or a failed write says that the client has left. */
  clientLeft(): void {
    if (this.#hasClientLeft) return;
    this.#hasClientLeft = true;
    this.abandon('client-left');
    this.#tell();
  }

  /**
   * Nobody wants the answer any more. If that ends the bill, this cancels the call, at once or once all that was sent
   * has been read. If not, the call gets a while to tell its usage.
   */
  abandon(why: Interruption): void {
    if (this.#onClientLeft.kind === 'drain') this.after(this.#drainMs, why);
    else this.#interruptOnceRead(why);
  }

  interrupt(why: Interruption): void {
    if (this.#interruption !== undefined) return;
    this.#interruption = why;
    this.lag.end();
    this.#controller.abort(new Error(`the call was ended: ${why}`));
    this.#tell();
  }

  /** Calls `listener` when the client leaves, and when the call is interrupted; not for what has happened already. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Interrupts the call then, unless it was released before. Returns a function that calls it off. */
  after(ms: number, why: Interruption): () => void {
    return this.#later(ms, () => this.interrupt(why));
  }

  release(): void {
    for (const callOff of this.#callOffs) callOff();
  }

  /** Whether what was received tells the bill, once the call is cancelled. */
  get #isPaidAsReceived(): boolean {
    return this.#onClientLeft.kind === 'cancel' && this.#onClientLeft.charge === 'cancelled';
  }

  /** Whether more was sent than what was received can tell. */
  get #lags(): boolean {
    return this.lag.lagMs > this.#lagMsMax;
  }

  #timeIsOver(): void {
    this.#isOverdue = true;
    this.#interruptOnceRead('timed-out');
    this.#tell();
  }

  /** If only what is received tells the bill, all that was sent is read first. */
  #interruptOnceRead(why: Interruption): void {
    if (!this.#isPaidAsReceived || !this.#lags) return this.interrupt(why);
    this.after(this.#drainMs, why);
    const look = (): void => {
      const { lagMs } = this.lag;
      if (lagMs === 0) this.interrupt(why);
      else this.#later(lagMs, look);
    };
    look();
  }

  #later(ms: number, fire: () => void): () => void {
    const callOff = this.clock.after(ms, fire);
    this.#callOffs.push(callOff);
    return callOff;
  }

  #listen(signal: Signal, listener: () => void): void {
    if (signal.aborted) return listener();
    signal.addEventListener('abort', listener);
    this.#callOffs.push(() => signal.removeEventListener('abort', listener));
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
