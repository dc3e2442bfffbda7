import type { ClientUsage } from '../../chunk-writer.ts';
import type { JsonRecord } from '../../json/json-value.ts';
import type { ChatChunk, ChunkDelta } from '../../chat/chunk.ts';
import type { ToldResponse } from '../../responses/object.ts';
import type { ResponsesRequest } from '../../responses/request.ts';
import { ResponsesWriter } from '../../responses/writer.ts';

/** An answer that came whole as a response: what a stream of it would have come to. */
export function responseOfCompletion(
  { choices, ...head }: ChatChunk,
  request: ResponsesRequest,
  told: ToldResponse,
  usage: ClientUsage,
): JsonRecord {
  const writer = new ResponsesWriter(request, told);
  writer.chunk({ ...head, choices: choices.map((choice) => ({ ...choice, delta: withPlaces(choice.delta) })) });
  return writer.response(usage);
}

/** Each detail of a whole answer is one by itself, where those of a stream may be pieces of one. */
function withPlaces(delta: ChunkDelta): ChunkDelta {
  const { reasoning_details: details } = delta;
  return details === undefined
    ? delta
    : { ...delta, reasoning_details: details.map((detail, index) => ({ ...detail, index: detail.index ?? index })) };
}
