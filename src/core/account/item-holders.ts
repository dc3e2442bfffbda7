import { newestLookedThrough } from './response-limits.ts';
import type { ItemsOfResponse } from './response-store.ts';

/** The ids of the responses that have each item. */
export type ItemHolders = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Finds the responses that have some items. Looks through all of the newest, and further until each item is found, or
 * up to `countMax`. Looks at once at what a found response builds on: mostly all items are of one conversation.
 */
export function findHolders(
  itemIds: Iterable<string>,
  newestFirst: Iterable<ItemsOfResponse>,
  backFrom: (id: string) => Iterable<ItemsOfResponse>,
  countMax = Number.POSITIVE_INFINITY,
): ItemHolders {
  const search = new Search(itemIds);
  if (search.isOver()) return search.holders;
  let count = 0;
  for (const items of newestFirst) {
    count += 1;
    if (count > countMax || (search.isOver() && count > newestLookedThrough)) break;
    if (search.hasSeen(items.id) || !search.look(items)) continue;
    for (const earlier of backFrom(items.id)) {
      if (earlier.id !== items.id && search.hasSeen(earlier.id)) break;
      search.look(earlier);
    }
  }
  return search.holders;
}

class Search {
  readonly holders: ReadonlyMap<string, Set<string>>;
  readonly #missing: Set<string>;
  readonly #seen = new Set<string>();

  constructor(itemIds: Iterable<string>) {
    this.holders = new Map([...itemIds].map((itemId) => [itemId, new Set()]));
    this.#missing = new Set(this.holders.keys());
  }

  /** Whether each item is found. */
  isOver(): boolean {
    return this.#missing.size === 0;
  }

  hasSeen(id: string): boolean {
    return this.#seen.has(id);
  }

  /** Looks at the items of a response. Returns whether it has one of those that are looked for. */
  look({ id, itemIds }: ItemsOfResponse): boolean {
    this.#seen.add(id);
    const found = itemIds.filter((itemId) => this.holders.has(itemId));
    for (const itemId of found) {
      this.holders.get(itemId)?.add(id);
      this.#missing.delete(itemId);
    }
    return found.length > 0;
  }
}
