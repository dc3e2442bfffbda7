import type { ClientUsage } from '../../chunk-writer.ts';
import type { JsonRecord } from '../../json/json-value.ts';
import type { ChatCompletion, CompletionMessage, ChunkDelta, ReasoningDetail } from '../../chat/chunk.ts';
import type { ToldResponse } from '../../responses/object.ts';
import type { ResponsesRequest } from '../../responses/request.ts';
import { ResponsesWriter } from '../../responses/writer.ts';

/** What a client of the Responses API is told of an answer that came whole. */
export interface ToldAnswer extends ToldResponse {
  readonly usage: ClientUsage;
}

/** A chat completion as a whole response: what a stream of it would have come to. */
export function responseOfCompletion(
  completion: ChatCompletion,
  request: ResponsesRequest,
  { usage, ...told }: ToldAnswer,
): JsonRecord {
  const writer = new ResponsesWriter(request, told);
  const { id, created, model, service_tier: tier } = completion;
  writer.chunk({
    id,
    object: 'chat.completion.chunk',
    created,
    model,
    choices: completion.choices.map(({ message, ...choice }) => ({ ...choice, delta: deltaOf(message) })),
    ...(tier === undefined ? {} : { service_tier: tier }),
  });
  return writer.response(usage);
}

function deltaOf({
  content,
  refusal,
  reasoning_details: details,
  tool_calls: calls,
  ...rest
}: CompletionMessage): ChunkDelta {
  return {
    ...rest,
    ...(content === null ? {} : { content }),
    ...(refusal === null || refusal === undefined ? {} : { refusal }),
    ...(details === undefined ? {} : { reasoning_details: details.map(placed) }),
    ...(calls === undefined ? {} : { tool_calls: calls.map((call, index) => ({ index, ...call })) }),
  };
}

/** Each detail of a whole answer is one by itself, where those of a stream may be pieces of one. */
function placed(detail: ReasoningDetail, index: number): ReasoningDetail {
  return detail.index === undefined ? { ...detail, index } : detail;
}
