import { EmbeddedJson } from '../json/embedded-json.ts';
import { type JsonRecord, asList, asRecord, asText } from '../json/json-value.ts';
import { present } from '../json/present.ts';
import type { ReasoningDetail } from '../chat/chunk.ts';
import { ownedMark } from './owned-reasoning.ts';

/**
 * Marks reasoning with all that its provider wants back, as an `encrypted_content` that a client of the Responses API
 * keeps unread. It is neither secret nor signed: the client could say the same itself, and the provider has signed what
 * must not be forged.
 */
export const sealMark = 'weir1.';
/** A call takes only some ten thousand arguments. */
const pieceBytes = 4096;

export function sealReasoning(details: readonly ReasoningDetail[]): string {
  const bytes = encoder.encode(JSON.stringify(details));
  let binary = '';
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    binary += String.fromCharCode(...bytes.subarray(at, at + pieceBytes));
  }
  return sealMark + btoa(binary);
}

/** Undefined where the gateway did not write the text. */
export function unsealReasoning(sealed: string): readonly ReasoningDetail[] | undefined {
  if (!sealed.startsWith(sealMark)) return undefined;
  try {
    const binary = atob(sealed.slice(sealMark.length));
    const bytes = new Uint8Array(binary.length);
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = binary.charCodeAt(at);
    return asList(new EmbeddedJson().parse(decoder.decode(bytes))).flatMap((value) => detailOf(value) ?? []);
  } catch {
    // A client may send anything.
    return undefined;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a detail that a client sends back. Keeps only the known fields. */
function detailOf(value: unknown): ReasoningDetail | undefined {
  const { type, index, ...fields } = asRecord(value) ?? {};
  const common = present({
    index: typeof index === 'number' ? index : undefined,
    id: asText(fields['id']),
    format: asText(fields['format']),
  });
  const summary = asText(fields['summary']);
  const data = asText(fields['data']);
  if (type === 'reasoning.text') {
    return { type, ...present({ text: asText(fields['text']), signature: asText(fields['signature']) }), ...common };
  }
  if (type === 'reasoning.summary' && summary !== undefined) return { type, summary, ...common };
  if (type === 'reasoning.encrypted' && data !== undefined) return { type, data, ...common };
  return undefined;
}

/** How OpenRouter names what OpenAI's Responses API has encrypted. */
const openAiFormat = 'openai-responses-v1';

/** The reasoning in an item that a client sends back, whichever provider it is from. */
export function detailsOfItem(item: JsonRecord): readonly ReasoningDetail[] {
  const encrypted = asText(item['encrypted_content']);
  const ours = encrypted === undefined ? undefined : unsealReasoning(encrypted);
  if (ours !== undefined) return ours;
  const texts = textsIn(item['content']).map((text) => ({ type: 'reasoning.text', text }) as const);
  const summaries = textsIn(item['summary']).map((summary) => ({ type: 'reasoning.summary', summary }) as const);
  const shown = texts.length > 0 ? texts : summaries;
  if (encrypted === undefined || encrypted === '' || encrypted.startsWith(sealMark)) return shown;
  // Only the provider that made it can read it, and that is always asked in the Responses API.
  if (encrypted.startsWith(ownedMark)) return shown;
  return [
    ...shown.map((detail) => ({ ...detail, format: openAiFormat })),
    { type: 'reasoning.encrypted', data: encrypted, format: openAiFormat, ...present({ id: asText(item['id']) }) },
  ];
}

function textsIn(parts: unknown): readonly string[] {
  return asList(parts).flatMap((part) => asText(asRecord(part)?.['text']) ?? []);
}
