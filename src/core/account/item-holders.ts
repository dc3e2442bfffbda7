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
  const holders = new Map([...itemIds].map((itemId) => [itemId, new Set<string>()]));
  const missing = new Set(holders.keys());
  if (missing.size === 0) return holders;
  const seen = new Set<string>();
  const look = ({ id, itemIds: there }: ItemsOfResponse): boolean => {
    seen.add(id);
    const found = there.filter((itemId) => holders.has(itemId));
    for (const itemId of found) {
      holders.get(itemId)?.add(id);
      missing.delete(itemId);
    }
    return found.length > 0;
  };
  let count = 0;
  for (const items of newestFirst) {
    count += 1;
    if (count > countMax || (missing.size === 0 && count > newestLookedThrough)) break;
    if (seen.has(items.id) || !look(items)) continue;
    for (const earlier of backFrom(items.id)) {
      if (earlier.id !== items.id && seen.has(earlier.id)) break;
      look(earlier);
    }
  }
  return holders;
}
