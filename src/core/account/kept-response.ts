import { keptItemIdsBytesMax, keptResponseBytesMax } from './response-limits.ts';

/** What a call of the Responses API has added to a conversation. So a conversation takes the room of its text once. */
export interface KeptTurn {
  /** The id of its response, made of the call's request id: so ids sort by time, and no two are the same. */
  readonly id: string;
  /** The response that this one continues. Its whole conversation comes first, then `input`, then `output`. */
  readonly baseId?: string;
  /** The new input: a JSON array of items. */
  readonly input: string;
  /** The output: likewise. */
  readonly output: string;
  /** The ids of the items of the output, by which clients refer to them. */
  readonly itemIds: readonly string[];
  /** Who made it. The hidden reasoning of one provider means nothing to another. */
  readonly provider: string;
}

/** A response of the Responses API that its account keeps for later calls to build on. */
export interface KeptResponse extends KeptTurn {
  /**
   * The response as its client got it, without its output: a JSON object. It has all settings of the call, also its
   * tools, and may be far larger than the rest. So it is not read for a call that builds on the response.
   */
  readonly rest: string;
}

/** The size of a response on disk. Infinite if its items are too many to look through. */
export function sizeOf(response: KeptResponse): number {
  return turnSizeOf(response) + bytesOf(response.rest);
}

/** The size of what is read for a call that builds on the response. */
export function turnSizeOf({ id, baseId = '', input, output, itemIds, provider }: KeptTurn): number {
  const itemBytes = bytesOf(JSON.stringify(itemIds));
  if (itemBytes > keptItemIdsBytesMax) return Number.POSITIVE_INFINITY;
  return [id, baseId, provider, input, output].reduce((sum, text) => sum + bytesOf(text), itemBytes);
}

function bytesOf(text: string): number {
  // A text that is too long anyway need not be counted.
  return text.length > keptResponseBytesMax ? text.length : new TextEncoder().encode(text).length;
}
