import { log } from '../../log.ts';

/** What whoever makes a call can listen to. The platform's AbortSignal is one. */
export interface Signal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * A signal that is no object of the platform: to make, join and listen to those is a part of what a call costs. Only
 * what is handed to the platform needs one of its own.
 */
export class PlainSignal implements Signal {
  readonly #listeners = new Set<() => void>();
  #aborted = false;

  get aborted(): boolean {
    return this.#aborted;
  }

  /** Tells all that listen, once. One that fails keeps nobody else from hearing of it. */
  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        log('error', 'internal_error', { error: error instanceof Error ? error.stack : String(error) });
      }
    }
    this.#listeners.clear();
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.#aborted) this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }
}
