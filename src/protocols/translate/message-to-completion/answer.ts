import type { ChatChunk, ChunkDelta, FinishReason, ToolCallDelta } from '../../chat/chunk.ts';
import { openAiTier } from '../../chat/service-tier.ts';
import { type JsonRecord, asCount, asList, asRecord, asText } from '../../json/json-value.ts';
import { decodeMessagesUsage } from '../../messages/usage.ts';
import { detailOf } from '../../messages/thinking-block.ts';

/** Reads a message of Anthropic's that came whole. */
export function completionOfMessage(message: JsonRecord): ChatChunk {
  const tier = openAiTier(decodeMessagesUsage(message)?.serviceTier);
  const stopped = asText(message['stop_sequence']);
  return {
    choices: [
      {
        index: 0,
        delta: deltaOf(message),
        finish_reason: finishReasonOf(message['stop_reason']) ?? 'stop',
        ...(stopped === undefined ? {} : { stop_sequence: stopped }),
        logprobs: null,
      },
    ],
    ...(tier === undefined ? {} : { service_tier: tier }),
  };
}

function deltaOf(message: JsonRecord): ChunkDelta {
  const blocks = asList(message['content']).map((block, index) => ({ ...asRecord(block), index }));
  const ofType = (...types: string[]): (JsonRecord & { index: number })[] =>
    blocks.filter((block: JsonRecord) => types.includes(asText(block['type']) ?? ''));
  const texts = ofType('text');
  const thoughts = ofType('thinking').map((block) => asText(block['thinking']) ?? '');
  const details = ofType('thinking', 'redacted_thinking').map((block) => detailOf(block, block.index));
  const calls = ofType('tool_use').map(toolCallOf);
  const annotations = annotationsOf(texts);
  const reasoning = thoughts.join('');
  const refusal = refusalOf(message);
  return {
    ...(texts.length === 0 ? {} : { content: texts.map((block) => asText(block['text']) ?? '').join('') }),
    ...(refusal === undefined ? {} : { refusal }),
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(annotations.length === 0 ? {} : { annotations }),
  };
}

function toolCallOf({ id, name, input }: JsonRecord, index: number): ToolCallDelta {
  const called = { name: asText(name) ?? '', arguments: JSON.stringify(input ?? {}) };
  return { index, id: asText(id) ?? '', type: 'function', function: called };
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

/** @param place the place in the answer of the words that it supports */
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

/** The id of a message as that of a chat completion. */
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
    // Its turn is over, a stop sequence came, or it pauses and goes on when it is sent what it said.
    default:
      return 'stop';
  }
}

/** Why a safeguard ended the answer. */
export function refusalOf(message: JsonRecord): string | undefined {
  return asText(asRecord(message['stop_details'])?.['explanation']);
}
