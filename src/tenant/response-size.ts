import type { KeptResponse } from './kept-response.ts';
import { keptItemIdsBytesMax, keptResponseBytesMax } from './response-limits.ts';

/** The size of a response on disk; infinite where its items can't be looked through. */
export function sizeOf({ id, baseId = '', input, response, itemIds, provider }: KeptResponse): number {
  const itemBytes = bytesOf(JSON.stringify(itemIds));
  if (itemBytes > keptItemIdsBytesMax) return Number.POSITIVE_INFINITY;
  return [id, baseId, provider, input, response].reduce((sum, text) => sum + bytesOf(text), itemBytes);
}

function bytesOf(text: string): number {
  // What is too long in any case need not be counted.
  return text.length > keptResponseBytesMax ? text.length : new TextEncoder().encode(text).length;
}
