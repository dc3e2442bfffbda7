/**
 * All the timers of one call on one timer of the platform, because setting and clearing those is a good part of what a
 * call costs, and nearly all of them are cleared before they fire. The platform's timer is never moved to a later time:
 * it fires, finds what is due, and is set again.
 */
export class CallClock {
  readonly #due = new Set<{ readonly atMs: number; readonly fire: () => void }>();
  #timer: { readonly id: ReturnType<typeof setTimeout>; readonly atMs: number } | undefined;

  /** Calls `fire` once after so many milliseconds. Answers how to call that off. */
  after(ms: number, fire: () => void): () => void {
    const entry = { atMs: Date.now() + Math.max(0, ms), fire };
    this.#due.add(entry);
    if (this.#timer === undefined || entry.atMs < this.#timer.atMs) this.#set(entry.atMs);
    return () => {
      this.#due.delete(entry);
    };
  }

  /** An answer, or an error when it takes longer. The question itself goes on: its repeat must be harmless. */
  async within<T>(ms: number, answer: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const callOff = this.after(ms, () => late.reject(new Error(`no answer within ${ms} ms`)));
    try {
      return await Promise.race([answer, late.promise]);
    } finally {
      callOff();
    }
  }

  /** Nothing fires any more, unless something is set again. */
  stop(): void {
    this.#due.clear();
    if (this.#timer !== undefined) clearTimeout(this.#timer.id);
    this.#timer = undefined;
  }

  #set(atMs: number): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer.id);
    this.#timer = { id: setTimeout(() => this.#turn(), Math.max(0, atMs - Date.now())), atMs };
  }

  #turn(): void {
    this.#timer = undefined;
    const nowMs = Date.now();
    for (const entry of this.#due) {
      if (entry.atMs > nowMs) continue;
      this.#due.delete(entry);
      entry.fire();
    }
    const next = Math.min(...[...this.#due].map(({ atMs }) => atMs));
    if (next !== Number.POSITIVE_INFINITY) this.#set(next);
  }
}
