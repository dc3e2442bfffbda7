import type { ChatCompletion, ChatUsage, CompletionMessage, FinishReason, ToolCall } from '../../chat/chunk.ts';
import { openAiTier } from '../../chat/service-tier.ts';
import { type JsonRecord, asCount, asList, asRecord, asText } from '../../json/json-value.ts';
import type { ReportedUsage } from '../../reported-usage.ts';
import { decodeMessagesUsage } from '../../messages/usage.ts';
import { detailOf } from '../../messages/thinking-block.ts';

export interface CompletionContext {
  /** As the client is told. */
  readonly model: string;
  /** In seconds since 1970. */
  readonly created: number;
}

/** A message of Anthropic's that came whole, as the chat completion that says the same. */
export function completionOfMessage(message: JsonRecord, { model, created }: CompletionContext): ChatCompletion {
  const usage = decodeMessagesUsage(message);
  const tier = openAiTier(usage?.serviceTier);
  const stopped = asText(message['stop_sequence']);
  return {
    id: completionId(message['id']),
    object: 'chat.completion',
    created,
    model,
    choices: [
      {
        index: 0,
        message: messageOf(message),
        finish_reason: finishReasonOf(message['stop_reason']) ?? 'stop',
        ...(stopped === undefined ? {} : { stop_sequence: stopped }),
        logprobs: null,
      },
    ],
    ...(usage === undefined ? {} : { usage: chatUsageOf(usage) }),
    ...(tier === undefined ? {} : { service_tier: tier }),
  };
}

function messageOf(message: JsonRecord): CompletionMessage {
  const blocks = asList(message['content']).map((block, index) => ({ ...asRecord(block), index }));
  const ofType = (...types: string[]): (JsonRecord & { index: number })[] =>
    blocks.filter((block: JsonRecord) => types.includes(asText(block['type']) ?? ''));
  const texts = ofType('text');
  const thoughts = ofType('thinking').map((block) => asText(block['thinking']) ?? '');
  const details = ofType('thinking', 'redacted_thinking').map((block) => detailOf(block, block.index));
  const calls = ofType('tool_use').map((block) => toolCallOf(block));
  const annotations = annotationsOf(texts);
  const reasoning = thoughts.join('');
  return {
    role: 'assistant',
    content: texts.length === 0 ? null : texts.map((block) => asText(block['text']) ?? '').join(''),
    refusal: refusalOf(message) ?? null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(annotations.length === 0 ? {} : { annotations }),
  };
}

function toolCallOf({ id, name, input }: JsonRecord): ToolCall {
  const called = { name: asText(name) ?? '', arguments: JSON.stringify(input ?? {}) };
  return { id: asText(id) ?? '', type: 'function', function: called };
}

function annotationsOf(texts: readonly JsonRecord[]): JsonRecord[] {
  let end = 0;
  return texts.flatMap((block) => {
    const start = end;
    end += asText(block['text'])?.length ?? 0;
    const place = { start_index: start, end_index: end };
    return asList(block['citations']).flatMap((citation) => annotationOf(asRecord(citation) ?? {}, place));
  });
}

/** @param place where in the answer the words stand that it is for */
export function annotationOf(citation: JsonRecord, place: JsonRecord): JsonRecord[] {
  const content = asText(citation['cited_text']);
  const quoted = content === undefined ? {} : { content };
  const url = asText(citation['url']) ?? asText(citation['source']);
  if (url !== undefined) {
    const cited = { url, title: asText(citation['title']) ?? url, ...place, ...quoted };
    return [{ type: 'url_citation', url_citation: cited }];
  }
  const index = asCount(citation['document_index']);
  if (index === undefined) return [];
  const filename = asText(citation['document_title']);
  const fileId = asText(citation['file_id']);
  const cited = {
    index,
    ...(filename === undefined ? {} : { filename }),
    ...(fileId === undefined ? {} : { file_id: fileId }),
    ...place,
    ...quoted,
  };
  return [{ type: 'file_citation', file_citation: cited }];
}

export function completionId(id: unknown): string {
  return `chatcmpl-${(asText(id) ?? 'unnamed').replace(/^msg_/, '')}`;
}

/** Undefined where nothing has ended. */
export function finishReasonOf(reason: unknown): FinishReason | undefined {
  switch (reason) {
    case undefined:
    case null:
      return undefined;
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'tool_use':
      return 'tool_calls';
    case 'refusal':
      return 'content_filter';
    // Its turn is over, a stop sequence came, or it has paused, and goes on if it is sent what it said.
    default:
      return 'stop';
  }
}

/** Why nothing more is said, where a safeguard has seen to that. */
export function refusalOf(message: JsonRecord): string | undefined {
  return asText(asRecord(message['stop_details'])?.['explanation']);
}

export function chatUsageOf(usage: ReportedUsage): ChatUsage {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = usage;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: {
      cached_tokens: cachedInputTokens,
      cache_write_tokens: (usage.cacheWrite5mTokens ?? 0) + (usage.cacheWrite1hTokens ?? 0),
    },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  };
}
