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
