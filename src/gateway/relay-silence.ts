/**
 * Calls back whenever nothing has been heard for a while. To be told costs a clock reading and no timer, since it is told
 * of every chunk of every stream.
 */
export class SilenceTimer {
  readonly #silenceMs: number;
  readonly #onSilence: () => void;
  #heardAtMs = Date.now();
  #isPaused = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(silenceMs: number, onSilence: () => void) {
    this.#silenceMs = silenceMs;
    this.#onSilence = onSilence;
    this.#timer = setTimeout(() => this.#tick(), silenceMs);
  }

  heard(): void {
    this.#heardAtMs = Date.now();
    this.#isPaused = false;
  }

  /** Silence does not count until something is heard again. */
  pause(): void {
    this.#isPaused = true;
  }

  stop(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    let leftMs = this.#isPaused ? this.#silenceMs : this.#heardAtMs + this.#silenceMs - Date.now();
    if (leftMs <= 0) {
      this.#onSilence();
      leftMs = this.#silenceMs;
    }
    if (this.#timer !== undefined) this.#timer = setTimeout(() => this.#tick(), leftMs);
  }
}
