/** When the next flush of an account is. There is one at a time: whoever wants it earlier moves it, nobody later. */
export class FlushTimer {
  readonly #flush: () => void;
  #timer: { readonly id: ReturnType<typeof setTimeout>; readonly dueMs: number } | undefined;
  #isFlushing = false;

  constructor(flush: () => void) {
    this.#flush = flush;
  }

  flushIn(delayMs: number): void {
    const dueMs = Date.now() + delayMs;
    if (this.#timer !== undefined) {
      if (this.#timer.dueMs <= dueMs) return;
      clearTimeout(this.#timer.id);
    }
    this.#timer = { id: setTimeout(() => this.#ring(), delayMs), dueMs };
  }

  /** A timer takes a millisecond at the least. In a microtask the callers of this very turn still come along. */
  flushAtOnce(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      if (this.#timer !== undefined) clearTimeout(this.#timer.id);
      this.#ring();
    });
  }

  #ring(): void {
    this.#timer = undefined;
    this.#flush();
  }
}
