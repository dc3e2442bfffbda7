import type { Engine } from './engine.ts';

/** How many commands there were at the last turn that waited for more, and how many such turns there have been. */
const alone = { queued: 0, turns: 0 };
const companyTurnsMax = 4;

/**
 * Whether to let another turn of the event loop bring more company. A command that is alone never waits, and none waits
 * for longer than a few turns: what they save under load is a row and an fsync each.
 */
export class Company {
  #last = alone;

  isGrowing({ queued, isComplete }: Pick<Engine, 'queued' | 'isComplete'>): boolean {
    const { queued: before, turns } = this.#last;
    const grows = !isComplete && queued > 1 && queued > before && turns < companyTurnsMax;
    this.#last = grows ? { queued, turns: turns + 1 } : alone;
    return grows;
  }
}
