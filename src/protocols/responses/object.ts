import type { ClientUsage } from '../chunk-writer.ts';
import type { JsonRecord } from '../json/json-value.ts';
import type { FinishReason } from '../chat/chunk.ts';
import type { ResponsesRequest } from './request.ts';

/** What a response is called, and who made it. */
export interface ToldResponse {
  /** `resp_` and what is unique. The ids of its items are made of it. */
  readonly id: string;
  readonly model: string;
  /** In seconds, as OpenAI has it. */
  readonly createdAt: number;
  /** What time it is, in seconds. */
  readonly now: () => number;
  /** Left out where nothing is kept. */
  readonly keeping?: Keeping | undefined;
}

/** What a client is told of a response that may be built on. */
export interface Keeping {
  /** The one that it builds on itself. */
  readonly previousId: string | undefined;
  /** Whether its account keeps it. */
  readonly isKept: boolean;
}

export const notKept: Keeping = { previousId: undefined, isKept: false };

/** Whether nothing in a provider's own response is to be told otherwise: it is not kept, and goes on from none. */
export function isToldAsItCame({ previousId, isKept }: Keeping): boolean {
  return !isKept && previousId === undefined;
}

/** A provider's own response as that of its account, which keeps it under a name of its own. */
export function responseAsKept(response: JsonRecord, id: string, { previousId, isKept }: Keeping): JsonRecord {
  return { ...response, id, previous_response_id: previousId ?? null, store: isKept };
}

/** A response that has just begun: all the settings of its request, and what the gateway makes of them. */
export function begunResponse(request: ResponsesRequest, told: Omit<ToldResponse, 'now'>): JsonRecord {
  const { id, model, createdAt, keeping = notKept } = told;
  const { text, reasoning } = request;
  return {
    id,
    object: 'response',
    created_at: createdAt,
    status: 'in_progress',
    background: false,
    access_programs: null,
    completed_at: null,
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: request.max_tool_calls ?? null,
    model,
    output: [],
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: keeping.previousId ?? null,
    prompt_cache_key: request.prompt_cache_key ?? null,
    reasoning: { effort: reasoning?.['effort'] ?? null, summary: reasoning?.['summary'] ?? null },
    safety_identifier: request.safety_identifier ?? null,
    service_tier: request.service_tier ?? 'auto',
    store: keeping.isKept,
    temperature: request.temperature ?? 1,
    text: { ...text, format: text?.['format'] ?? { type: 'text' } },
    tool_choice: request.tool_choice ?? 'auto',
    tools: (request.tools ?? []).map(toldTool),
    top_logprobs: request.top_logprobs ?? 0,
    top_p: request.top_p ?? 1,
    // Nothing is left out of the input, whatever was asked for: what doesn't fit is refused.
    truncation: 'disabled',
    usage: null,
    user: request.user ?? null,
    metadata: request.metadata ?? {},
  };
}

/** Of a function each field is there, whatever was left out. It is not checked against its schema. */
function toldTool(tool: JsonRecord): JsonRecord {
  if (tool['type'] !== 'function') return tool;
  return { ...tool, parameters: tool['parameters'] ?? null, strict: tool['strict'] ?? false };
}

/**
 * What tells a response that ended, by why its model stopped.
 * @param now in seconds: a response that was cut short has no time at which it was complete
 */
export function endedBy(reason: FinishReason, now: () => number): JsonRecord {
  switch (reason) {
    case 'stop':
    case 'tool_calls':
      return { status: 'completed', completed_at: now() };
    case 'length':
      return cutShort('max_output_tokens');
    case 'content_filter':
      return cutShort('content_filter');
  }
}

export function cutShort(reason: 'max_output_tokens' | 'content_filter'): JsonRecord {
  return { status: 'incomplete', incomplete_details: { reason } };
}

export function responseUsage({ inputTokens, outputTokens, ...usage }: ClientUsage): JsonRecord {
  return {
    input_tokens: inputTokens,
    input_tokens_details: {
      cached_tokens: usage.cachedInputTokens ?? 0,
      cache_write_tokens: (usage.cacheWrite5mTokens ?? 0) + (usage.cacheWrite1hTokens ?? 0),
    },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: inputTokens + outputTokens,
  };
}
