import type { CallClock } from '../request/call-clock.ts';
import { steadyNowMs } from '../../steady-time.ts';

/**
 * Calls back when nothing has come for some time. Every chunk of every stream is reported, so a report only reads the
 * time, and sets no timer.
 */
export class SilenceTimer {
  readonly #clock: CallClock;
  readonly #silenceMs: number;
  readonly #onSilence: () => void;
  #heardAtMs = steadyNowMs();
  #isPaused = false;
  #isStopped = false;
  #callOff: () => void;

  constructor(clock: CallClock, silenceMs: number, onSilence: () => void) {
    this.#clock = clock;
    this.#silenceMs = silenceMs;
    this.#onSilence = onSilence;
    this.#callOff = clock.after(silenceMs, () => this.#turn());
  }

  heard(): void {
    this.#heardAtMs = steadyNowMs();
    this.#isPaused = false;
  }

  /** Silence does not count until the next sound. */
  pause(): void {
    this.#isPaused = true;
  }

  stop(): void {
    this.#isStopped = true;
    this.#callOff();
  }

  #turn(): void {
    let leftMs = this.#isPaused ? this.#silenceMs : this.#heardAtMs + this.#silenceMs - steadyNowMs();
    if (leftMs <= 0) {
      this.#onSilence();
      leftMs = this.#silenceMs;
    }
    if (!this.#isStopped) this.#callOff = this.#clock.after(leftMs, () => this.#turn());
  }
}
