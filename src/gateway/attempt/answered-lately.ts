import { answeredLatelyMs } from '../../limits.ts';

/**
 * Servers that have just answered this isolate. The next request to one of them will most likely arrive too. A request
 * to any other takes a slower way that shows whether it arrived.
 */
export class AnsweredLately {
  /** In a time that never goes back. */
  readonly #atMs = new Map<string, number>();

  has(server: string, nowMs: number): boolean {
    const atMs = this.#atMs.get(server);
    return atMs !== undefined && nowMs - atMs < answeredLatelyMs;
  }

  note(server: string, nowMs: number): void {
    this.#atMs.set(server, nowMs);
  }

  forget(server: string): void {
    this.#atMs.delete(server);
  }
}

export const answeredLately = new AnsweredLately();
