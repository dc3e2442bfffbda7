import type { EpochMs } from './units.ts';

/**
 * Names of calls that ended, remembered for at least `keepMs` and at most a quarter longer, so that a late admit of one
 * is recognised. They are dropped a generation at a time: memory follows the rate of calls, not their number.
 */
export interface EndedNames {
  readonly keepMs: number;
  readonly generations: Map<number, Set<string>>;
}

const generationsPerKeep = 4;

export function newEndedNames(keepMs: number): EndedNames {
  return { keepMs, generations: new Map() };
}

export function remember(names: EndedNames, name: string, at: EpochMs): void {
  const generation = generationAt(names, at);
  const present = names.generations.get(generation);
  if (present !== undefined) {
    present.add(name);
    return;
  }
  names.generations.set(generation, new Set([name]));
  const oldest = oldestGeneration(names, at);
  for (const old of names.generations.keys()) if (old < oldest) names.generations.delete(old);
}

export function isRemembered(names: EndedNames, name: string): boolean {
  for (const generation of names.generations.values()) if (generation.has(name)) return true;
  return false;
}

export function generationAt(names: EndedNames, at: EpochMs): number {
  return Math.floor((at * generationsPerKeep) / names.keepMs);
}

/** The oldest generation that may still hold a name young enough to matter. */
export function oldestGeneration(names: EndedNames, at: EpochMs): number {
  return generationAt(names, at) - generationsPerKeep;
}
