import type { FinishReason } from '../chat/chunk.ts';
import type { ClientUsage } from '../chunk-writer.ts';
import type { JsonRecord } from '../json/json-value.ts';

/** How a message ended, in Anthropic's words. */
export interface MessageEnd {
  readonly stop_reason: 'end_turn' | 'max_tokens' | 'stop_sequence' | 'tool_use' | 'refusal';
  readonly stop_sequence: string | null;
  readonly stop_details: {
    readonly type: 'refusal';
    readonly category: null;
    readonly explanation: string | null;
  } | null;
}

export interface Ending {
  /** Null where the provider gave none. */
  readonly finish: FinishReason | null;
  readonly stopSequence: string | undefined;
  readonly hasCalls: boolean;
  /** The words of a model that refuses to answer; undefined where it doesn't. */
  readonly refusal: string | undefined;
}

/** Clients run the calls of a message only if it ended for their sake, which some servers do not say. */
export function messageEnd({ finish, stopSequence, hasCalls, refusal }: Ending): MessageEnd {
  const nothing = { stop_sequence: null, stop_details: null };
  if (finish === 'length') return { stop_reason: 'max_tokens', ...nothing };
  if (finish === 'content_filter' || refusal !== undefined) {
    const details = { type: 'refusal', category: null, explanation: refusal ?? null } as const;
    return { stop_reason: 'refusal', stop_sequence: null, stop_details: details };
  }
  if (hasCalls) return { stop_reason: 'tool_use', ...nothing };
  if (stopSequence === undefined) return { stop_reason: 'end_turn', ...nothing };
  return { stop_reason: 'stop_sequence', stop_sequence: stopSequence, stop_details: null };
}

export interface MessageHead {
  /** `msg_…` */
  readonly id: string;
  readonly model: string;
}

/** A message, whole or at its beginning. */
export function messageObject(
  { id, model }: MessageHead,
  content: readonly JsonRecord[],
  end: object,
  usage: JsonRecord,
): JsonRecord {
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    container: null,
    diagnostics: null,
    content,
    ...end,
    usage,
  };
}

/**
 * The usage of a whole message, or at the beginning of one.
 * @param tier what the provider says that it served in, in OpenAI's words
 */
export function messageUsage(usage: ClientUsage, tier: string | undefined): Record<string, unknown> {
  return { ...usageSoFar(usage), service_tier: servedTier(tier), inference_geo: null, speed: null };
}

function servedTier(tier: string | undefined): 'standard' | 'priority' | 'batch' | null {
  switch (tier) {
    case 'default':
    case 'standard':
      return 'standard';
    case 'priority':
    case 'batch':
      return tier;
    default:
      return null;
  }
}

/** Anthropic counts what was read from a cache, and what was written to one, beside the rest of the input. */
export function usageSoFar(usage: ClientUsage): Record<string, unknown> {
  const { inputTokens, outputTokens, cachedInputTokens: read = 0, reasoningTokens } = usage;
  const short = usage.cacheWrite5mTokens ?? 0;
  const long = usage.cacheWrite1hTokens ?? 0;
  return {
    input_tokens: Math.max(0, inputTokens - read - short - long),
    cache_creation_input_tokens: short + long,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: long },
    output_tokens: outputTokens,
    output_tokens_details: reasoningTokens === undefined ? null : { thinking_tokens: reasoningTokens },
    server_tool_use: null,
  };
}
