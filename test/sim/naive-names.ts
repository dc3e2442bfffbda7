import { nameKeepMs } from '../../src/limits.ts';

/** When each call ended, by its name: the moments themselves, where the ledger keeps quarters of the time. */
export class NaiveNames {
  readonly #endedAt = new Map<string, number>();
  /** Those that may have been forgotten before the time was set back. */
  readonly #aged = new Set<string>();

  /** Whether such a call has ever ended. */
  has(name: string): boolean {
    return this.#endedAt.has(name);
  }

  ended(name: string, at: number): void {
    this.#endedAt.set(name, at);
    this.#aged.delete(name);
  }

  /** Whether a call of that name ended so recently that it must be known, or so long ago that it must not. */
  remembers(name: string, at: number): 'surely' | 'maybe' | 'never' {
    const endedAt = this.#endedAt.get(name);
    if (endedAt === undefined) return 'never';
    if (at - endedAt > 1.25 * nameKeepMs) return 'never';
    return at - endedAt <= nameKeepMs && !this.#aged.has(name) ? 'surely' : 'maybe';
  }

  /** What is known when the time is set back is known as if it had ended then. */
  setBack(from: number, to: number): void {
    for (const name of this.#endedAt.keys()) {
      const remembered = this.remembers(name, from);
      if (remembered === 'maybe') this.#aged.add(name);
      this.#endedAt.set(name, remembered === 'never' ? Number.NEGATIVE_INFINITY : to);
    }
  }
}
