import { keptItemIdsBytesMax, keptResponseBytesMax } from './response-limits.ts';

/**
 * What a call of the Responses API has added to a conversation, and no more: so a conversation takes the room of what
 * was said in it once.
 */
export interface KeptTurn {
  /** Of its response. Made of the request id of its call: so ids sort by time, and no two are the same. */
  readonly id: string;
  /** The response whose conversation this one goes on with: that comes first, whole, then `input`, then `output`. */
  readonly baseId?: string;
  /** What was put in after that: a JSON array of items. */
  readonly input: string;
  /** What came of it: likewise. */
  readonly output: string;
  /** The ids of the items of its output, by which they are referred to. */
  readonly itemIds: readonly string[];
  /** Who made it. What a provider has hidden of its reasoning means nothing to another. */
  readonly provider: string;
}

/** A response of the Responses API that its account keeps, so that later calls can build on it. */
export interface KeptResponse extends KeptTurn {
  /**
   * The response as its client was told it, without its output: a JSON object. It has all that the call has set, its
   * tools among that, which may be far more than what was said. So it is not read where another call builds on it.
   */
  readonly rest: string;
}

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
