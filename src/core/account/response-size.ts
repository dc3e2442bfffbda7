import type { KeptResponse, KeptTurn } from './kept-response.ts';
import { keptItemIdsBytesMax, keptResponseBytesMax } from './response-limits.ts';

/** The size of a response on disk; infinite where its items can't be looked through. */
export function sizeOf(response: KeptResponse): number {
  return turnSizeOf(response) + bytesOf(response.rest);
}

/** The size of what is read of it where another builds on it. */
export function turnSizeOf({ id, baseId = '', input, output, itemIds, provider }: KeptTurn): number {
  const itemBytes = bytesOf(JSON.stringify(itemIds));
  if (itemBytes > keptItemIdsBytesMax) return Number.POSITIVE_INFINITY;
  return [id, baseId, provider, input, output].reduce((sum, text) => sum + bytesOf(text), itemBytes);
}

function bytesOf(text: string): number {
  // What is too long in any case need not be counted.
  return text.length > keptResponseBytesMax ? text.length : new TextEncoder().encode(text).length;
}
