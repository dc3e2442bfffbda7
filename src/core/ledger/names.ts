import type { EpochMs } from './epoch-ms.ts';

/**
 * Names of ended calls, by which a late admit is recognised. Each is kept for `keepMs` and at most a quarter longer.
 * They are dropped a generation at a time: so memory follows the rate of calls, not their number.
 */
export interface EndedNames {
  readonly keepMs: number;
  readonly generations: Map<number, Set<string>>;
  /** The names that are not written beside a checkpoint yet, by generation, in order. */
  fresh: Map<number, string[]>;
  /** Whether those replace all that was written before. */
  replaces: boolean;
}

const generationsPerKeep = 4;
const namesPerRow = 10_000;

export function newEndedNames(keepMs: number): EndedNames {
  return { keepMs, generations: new Map(), fresh: new Map(), replaces: false };
}

export function remember(names: EndedNames, name: string, at: EpochMs): void {
  const generation = generationAt(names, at);
  addTo(names, generation, name);
  const fresh = names.fresh.get(generation);
  if (fresh === undefined) names.fresh.set(generation, [name]);
  else fresh.push(name);
  if (names.generations.size > generationsPerKeep + 1) forgetBefore(names, oldestGeneration(names, at));
}

export function restoreNames(names: EndedNames, generation: number, ended: readonly string[]): void {
  for (const name of ended) addTo(names, generation, name);
}

/** Hands over what to write beside the next checkpoint, once, in pieces of the size of a row. */
export function takeFresh(names: EndedNames): {
  readonly replacesNames: boolean;
  readonly names: readonly { readonly generation: number; readonly names: readonly string[] }[];
} {
  const taken = [...names.fresh].flatMap(([generation, fresh]) =>
    Array.from({ length: Math.ceil(fresh.length / namesPerRow) }, (_, piece) => ({
      generation,
      names: fresh.slice(piece * namesPerRow, (piece + 1) * namesPerRow),
    })),
  );
  const { replaces: replacesNames } = names;
  names.fresh = new Map();
  names.replaces = false;
  return { replacesNames, names: taken };
}

/** Time is set back from `from` to `to`. Names that are still known are kept as if their calls had ended at `to`. */
export function setNamesBack(names: EndedNames, from: EpochMs, to: EpochMs): void {
  const oldest = oldestGeneration(names, from);
  const known = [...names.generations].flatMap(([generation, ended]) => (generation >= oldest ? [...ended] : []));
  names.generations.clear();
  const generation = generationAt(names, to);
  if (known.length > 0) names.generations.set(generation, new Set(known));
  names.fresh = new Map(known.length > 0 ? [[generation, known]] : []);
  names.replaces = true;
}

/**
 * Whether a call of that name ended not long before `at`. Generations that are too old do not count, though they may
 * still be here or on disk: so an actor that has just woken answers the same.
 */
export function isRemembered(names: EndedNames, name: string, at: EpochMs): boolean {
  const oldest = oldestGeneration(names, at);
  for (const [generation, ended] of names.generations) if (generation >= oldest && ended.has(name)) return true;
  return false;
}

function generationAt(names: EndedNames, at: EpochMs): number {
  return Math.floor((at * generationsPerKeep) / names.keepMs);
}

/** The oldest generation that may hold a name young enough to matter. */
export function oldestGeneration(names: EndedNames, at: EpochMs): number {
  return generationAt(names, at) - generationsPerKeep;
}

function addTo(names: EndedNames, generation: number, name: string): void {
  const present = names.generations.get(generation);
  if (present === undefined) names.generations.set(generation, new Set([name]));
  else present.add(name);
}

function forgetBefore(names: EndedNames, oldest: number): void {
  for (const generation of names.generations.keys()) if (generation < oldest) names.generations.delete(generation);
  for (const generation of names.fresh.keys()) if (generation < oldest) names.fresh.delete(generation);
}
