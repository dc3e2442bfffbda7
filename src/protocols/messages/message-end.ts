import type { FinishReason } from '../chat/chunk.ts';
import type { ClientUsage } from '../chunk-writer.ts';
import type { JsonRecord } from '../json/json-value.ts';

interface Ending {
  /** Null where the provider gave none. */
  readonly finish: FinishReason | null;
  readonly stopSequence: string | undefined;
  readonly hasCalls: boolean;
  /** What a model said that refuses to answer; undefined where it doesn't. */
  readonly refusal: string | undefined;
}

/**
 * How a message ended, in Anthropic's words. Clients run the calls of a message only if it ended for tools, which some
 * servers do not say.
 */
export function messageEnd({ finish, stopSequence, hasCalls, refusal }: Ending) {
  const nothing = { stop_sequence: null, stop_details: null };
  if (finish === 'length') return { stop_reason: 'max_tokens', ...nothing };
  if (finish === 'content_filter' || refusal !== undefined) {
    const details = { type: 'refusal', category: null, explanation: refusal ?? null };
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
 * The usage in a whole message, or at its beginning.
 * @param tier the tier in which the provider says that it served, in OpenAI's words
 */
export function messageUsage(usage: ClientUsage, tier: string | undefined) {
  return { ...usageSoFar(usage), service_tier: servedTiers.get(tier) ?? null, inference_geo: null, speed: null };
}

const servedTiers: ReadonlyMap<string | undefined, string> = new Map([
  ['default', 'standard'],
  ['standard', 'standard'],
  ['priority', 'priority'],
  ['batch', 'batch'],
]);

/** Anthropic counts cached input, read or written, beside the rest of the input. */
export function usageSoFar(usage: ClientUsage) {
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
