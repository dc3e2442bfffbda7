import type { ResponsePlace } from './response-store.ts';

/** The ids of those responses, and of all that they build on. */
export function neededBy(young: readonly ResponsePlace[], all: readonly ResponsePlace[]): ReadonlySet<string> {
  const places = new Map(all.map((place) => [place.id, place]));
  const needed = new Set<string>();
  for (const place of young) {
    let next: ResponsePlace | undefined = place;
    while (next !== undefined && !needed.has(next.id)) {
      needed.add(next.id);
      next = next.baseId === undefined ? undefined : places.get(next.baseId);
    }
  }
  return needed;
}

/** When the oldest was kept of those that no other builds on; infinite if there are none. */
export function endOfOldest(places: readonly ResponsePlace[]): number {
  const bases = new Set(places.map(({ baseId }) => baseId));
  return places.reduce(
    (oldest, { id, at }) => (bases.has(id) ? oldest : Math.min(oldest, at)),
    Number.POSITIVE_INFINITY,
  );
}

/**
 * What may be forgotten for want of room, the least recently used first: each with all that it alone builds on, which
 * goes first. A response that several build on belongs to the youngest of them. What is spared is left out, and is said
 * with all that it builds on.
 */
export function linesByUse(
  all: readonly ResponsePlace[],
  spared: readonly ResponsePlace[],
): readonly (readonly ResponsePlace[])[] {
  const left = new Map(all.map((place) => [place.id, place]));
  for (const { id } of spared) left.delete(id);
  const lines: ResponsePlace[][] = [];
  for (const place of [...left.values()].toSorted(youngestFirst)) {
    const line: ResponsePlace[] = [];
    for (let next = left.get(place.id); next !== undefined; next = left.get(next.baseId ?? '')) {
      line.push(next);
      left.delete(next.id);
    }
    if (line.length > 0) lines.push(line.toReversed());
  }
  return lines.toReversed();
}

function youngestFirst(one: ResponsePlace, other: ResponsePlace): number {
  return other.at - one.at || (one.id < other.id ? 1 : -1);
}
