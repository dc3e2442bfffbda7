import { parseJson } from '../../protocols/json/json-value.ts';
import type { ProviderFault } from '../../protocols/provider-fault.ts';
import type { SseBlock, SseEvent } from '../../protocols/sse.ts';
import type { StreamEvent } from '../../protocols/stream-reader.ts';

/** What to do about broken events. Pure. */

/**
 * Whether an event is broken JSON, so that no client could read it and a part of the answer is lost. Any other text
 * that is no JSON means nothing and is passed on as it came; but at the end of a stream it may be half of something.
 */
export function isBroken({ data }: SseEvent, read: StreamEvent, isLast: boolean): boolean {
  if (read.kind !== 'other' || data === undefined) return false;
  return (isLast || data.trimStart().startsWith('{')) && parseJson(data) === undefined;
}

export const brokenEvent: ProviderFault = { message: 'it sent an event that is no JSON' };

/**
 * The last block of a stream, with the blank line that it lacks, so that what is written after it is an event of its
 * own.
 */
export function withBlankLine(block: SseBlock | undefined): SseBlock | undefined {
  const last = block?.events.at(-1);
  if (block === undefined || last === undefined) return block;
  const bytes = new Uint8Array(block.bytes.length + 2).fill(lineFeed);
  bytes.set(block.bytes);
  return { bytes, events: [...block.events.slice(0, -1), { ...last, end: bytes.length }] };
}

const lineFeed = 10;
