import { vi } from 'vitest';
import { type Doubt, doubtPieceMs } from '../../src/core/account/doubt.ts';

/** Ends the time of all doubts that have begun. The next flush ends each lease that nobody has renewed. */
export function passDoubts(doubting: { takeDoubts(): readonly Doubt[] }): void {
  for (const doubt of doubting.takeDoubts()) doubt.leftMs = 0;
}

/**
 * The test decides when the time passes in which an account doubts leases, whatever the clock shows. Each timer belongs
 * to its account, and dies with it.
 */
export class HeldDoubts {
  #isOver = false;
  #begun = 0;

  constructor() {
    const set = setTimeout;
    const held = (run: () => void, ms?: number): unknown => {
      if (ms !== doubtPieceMs) return set(run, ms);
      this.#begun += 1;
      const look = (): void => void (this.#isOver ? run() : set(look, 1));
      return set(look, 1);
    };
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(held as typeof setTimeout);
  }

  /** Pieces of doubts that have begun. */
  get begun(): number {
    return this.#begun;
  }

  /** The time of all doubts that begun, and of all that begin from now on, is over. */
  pass(): void {
    this.#isOver = true;
  }
}
