import type { ClientUsage } from '../chunk-writer.ts';
import type { JsonRecord } from '../json/json-value.ts';
import type { FinishReason } from '../chat/chunk.ts';
import type { ResponsesRequest } from './request.ts';

export interface ToldResponse {
  /** `resp_…`, which is unique. The ids of its items are made of it. */
  readonly id: string;
  readonly model: string;
  /** In seconds since 1970. */
  readonly createdAt: number;
  /** The time now, in seconds since 1970. */
  readonly now: () => number;
  /** Absent where nothing is kept. */
  readonly keeping?: Keeping | undefined;
}

/** What a client is told of how its response is kept. */
export interface Keeping {
  /** The response that it builds on. */
  readonly previousId: string | undefined;
  /** Whether the account keeps it. */
  readonly isKept: boolean;
}

export const notKept: Keeping = { previousId: undefined, isKept: false };

/** Whether the client gets a provider's response unchanged: it is not kept, and builds on no other. */
export function isToldAsItCame({ previousId, isKept }: Keeping): boolean {
  return !isKept && previousId === undefined;
}

/** A provider's response as its client gets it, and as the account keeps it if it does, under an id of its own. */
export function responseAsKept(response: JsonRecord, id: string, { previousId, isKept }: Keeping): JsonRecord {
  return { ...response, id, previous_response_id: previousId ?? null, store: isKept };
}

/** A response that has just begun: all settings of its request, as the gateway takes them. */
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
    // Input that doesn't fit is rejected, never left out, whatever the request says.
    truncation: 'disabled',
    usage: null,
    user: request.user ?? null,
    metadata: request.metadata ?? {},
  };
}

/** A function has all its fields, whatever the request left out. */
function toldTool(tool: JsonRecord): JsonRecord {
  if (tool['type'] !== 'function') return tool;
  return { ...tool, parameters: tool['parameters'] ?? null, strict: tool['strict'] ?? false };
}

/**
 * The fields that tell how a response ended.
 * @param now in seconds since 1970
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
