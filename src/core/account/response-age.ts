import type { ResponsePlace } from './response-store.ts';

/** The ids of some responses, and of all that they build on. */
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

/** When the oldest response was kept on which nothing builds. Infinite if there is none. */
export function endOfOldest(places: readonly ResponsePlace[]): number {
  const bases = new Set(places.map(({ baseId }) => baseId));
  return places.reduce(
    (oldest, { id, at }) => (bases.has(id) ? oldest : Math.min(oldest, at)),
    Number.POSITIVE_INFINITY,
  );
}

/**
 * What may be forgotten to make room, the least recently used first. Each line ends with a response, and begins with
 * all that it alone builds on. A response on which several build is in the line of the youngest. `spared` responses are
 * left out. The caller names them with all that they build on.
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
