import { answeredLatelyMs } from '../../limits.ts';

/**
 * The servers that have answered this isolate a moment ago, so that the next request to them will most likely arrive as
 * well. Others get theirs in a way that takes longer, and shows whether it arrived.
 */
export class AnsweredLately {
  /** By a time that never goes back. */
  readonly #atMs = new Map<string, number>();

  has(server: string, nowMs: number): boolean {
    const atMs = this.#atMs.get(server);
    return atMs !== undefined && nowMs - atMs < answeredLatelyMs;
  }

  note(server: string, nowMs: number): void {
    this.#atMs.set(server, nowMs);
  }

  /** It did not answer. */
  forget(server: string): void {
    this.#atMs.delete(server);
  }
}

/** What this isolate remembers of servers. */
export const answeredLately = new AnsweredLately();
