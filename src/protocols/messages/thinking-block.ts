import type { ReasoningDetail } from '../chat/chunk.ts';
import { EmbeddedJson } from '../json/embedded-json.ts';
import { type JsonRecord, asRecord, asText } from '../json/json-value.ts';
import { present } from '../json/present.ts';

/**
 * Reasoning as Anthropic's blocks, and back. Clients return such blocks unchanged, but the blocks have room only for
 * what Claude signs. So what another provider wants back stands in place of the signature, and is marked as such.
 */

/** As OpenRouter calls what Claude has signed. */
export const claudeFormat = 'anthropic-claude-v1';

/** No signature of Anthropic's has a colon in it. */
const foreignMark = 'weir:';

/** Where reasoning comes from, and what its provider wants back with the text. */
export interface ReasoningOrigin {
  readonly type?: 'reasoning.text' | 'reasoning.summary';
  readonly signature?: string;
  readonly id?: string;
  readonly format?: string;
}

export function signatureOf({ type, signature, id, format }: ReasoningOrigin): string {
  if (format === claudeFormat && signature !== undefined) return signature;
  return foreignMark + JSON.stringify({ type, signature, id, format });
}

export function redactedDataOf(detail: Extract<ReasoningDetail, { type: 'reasoning.encrypted' }>): string {
  const { data, id, format } = detail;
  return format === claudeFormat ? data : foreignMark + JSON.stringify({ data, id, format });
}

/** Whether Anthropic can't know a block, because another provider's model thought what is in it. */
export function isForeignThinking(block: JsonRecord): boolean {
  const isThinking = block['type'] === 'thinking' || block['type'] === 'redacted_thinking';
  return isThinking && markOf(block).startsWith(foreignMark);
}

function markOf(block: JsonRecord): string {
  return asText(block[block['type'] === 'redacted_thinking' ? 'data' : 'signature']) ?? '';
}

/** The reasoning that a block of thinking, redacted or not, was made of. */
export function detailOf(block: JsonRecord, index: number): ReasoningDetail {
  const isRedacted = block['type'] === 'redacted_thinking';
  const text = asText(block['thinking']) ?? '';
  const mark = markOf(block);
  if (!mark.startsWith(foreignMark)) {
    if (isRedacted) return { type: 'reasoning.encrypted', data: mark, format: claudeFormat, index };
    const signed = mark === '' ? {} : { signature: mark, format: claudeFormat };
    return { type: 'reasoning.text', text, ...signed, index };
  }
  const foreign = asRecord(new EmbeddedJson().parse(mark.slice(foreignMark.length))) ?? {};
  const names = present({ id: asText(foreign['id']), format: asText(foreign['format']) });
  if (isRedacted) return { type: 'reasoning.encrypted', data: asText(foreign['data']) ?? '', ...names, index };
  if (foreign['type'] === 'reasoning.summary') return { type: 'reasoning.summary', summary: text, ...names, index };
  return { type: 'reasoning.text', text, ...present({ signature: asText(foreign['signature']) }), ...names, index };
}
