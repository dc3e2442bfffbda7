import type { ReasoningDetail } from '../chat/chunk.ts';
import { EmbeddedJson } from '../json/embedded-json.ts';
import { type JsonRecord, asRecord, asText } from '../json/json-value.ts';

/**
 * Reasoning in Anthropic's blocks, and back. Clients give such blocks back as they got them, but they have room only
 * for what Claude signs; so what another provider wants back stands, marked as such, where the signature would.
 */

/** As OpenRouter calls what Claude has signed. */
export const claudeFormat = 'anthropic-claude-v1';

/** No signature of Anthropic's has a colon in it. */
const foreignMark = 'weir:';

/** Who said some reasoning, and what the provider wants back with it, beside the text itself. */
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

/** Whether Anthropic can't know a block, as it was made of the reasoning of another provider's model. */
export function isForeignThinking(block: JsonRecord): boolean {
  const mark = block['type'] === 'thinking' ? block['signature'] : block['data'];
  const isThinking = block['type'] === 'thinking' || block['type'] === 'redacted_thinking';
  return isThinking && typeof mark === 'string' && mark.startsWith(foreignMark);
}

/** What a block of thinking, redacted or not, was made of. */
export function detailOf(block: JsonRecord, index: number): ReasoningDetail {
  if (block['type'] === 'redacted_thinking') {
    const data = asText(block['data']) ?? '';
    const foreign = foreignFields(data);
    if (foreign === undefined) return { type: 'reasoning.encrypted', data, format: claudeFormat, index };
    return { type: 'reasoning.encrypted', data: asText(foreign['data']) ?? '', ...namesIn(foreign), index };
  }
  const text = asText(block['thinking']) ?? '';
  const mark = asText(block['signature']) ?? '';
  const foreign = foreignFields(mark);
  if (foreign === undefined) {
    const signed = mark === '' ? {} : { signature: mark, format: claudeFormat };
    return { type: 'reasoning.text', text, ...signed, index };
  }
  if (foreign['type'] === 'reasoning.summary') {
    return { type: 'reasoning.summary', summary: text, ...namesIn(foreign), index };
  }
  const signature = asText(foreign['signature']);
  const signed = signature === undefined ? {} : { signature };
  return { type: 'reasoning.text', text, ...signed, ...namesIn(foreign), index };
}

function foreignFields(mark: string): JsonRecord | undefined {
  if (!mark.startsWith(foreignMark)) return undefined;
  return asRecord(new EmbeddedJson().parse(mark.slice(foreignMark.length))) ?? {};
}

function namesIn(fields: JsonRecord): { readonly id?: string; readonly format?: string } {
  const id = asText(fields['id']);
  const format = asText(fields['format']);
  return { ...(id === undefined ? {} : { id }), ...(format === undefined ? {} : { format }) };
}
