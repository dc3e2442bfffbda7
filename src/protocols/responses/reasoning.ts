import { EmbeddedJson } from '../json/embedded-json.ts';
import { asList, asRecord, asText } from '../json/json-value.ts';
import type { ReasoningDetail } from '../chat/chunk.ts';
import { ownedMark } from './owned-reasoning.ts';

/**
 * Reasoning with all that its provider wants back the next time, as a text that a client of the Responses API keeps
 * without looking into it, as it keeps OpenAI's own: `encrypted_content`. It is no secret, and is not signed: it says
 * nothing that the client could not say as well, and what must not be forged its provider has signed.
 */
export const sealMark = 'weir1.';
/** A call takes no more arguments than some ten thousands. */
const pieceBytes = 4096;

export function sealReasoning(details: readonly ReasoningDetail[]): string {
  const bytes = encoder.encode(JSON.stringify(details));
  let binary = '';
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    binary += String.fromCharCode(...bytes.subarray(at, at + pieceBytes));
  }
  return sealMark + btoa(binary);
}

/** Undefined where it is no text of ours. */
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

/** The detail in what somebody else wrote: nothing but what is known of one. */
function detailOf(value: unknown): ReasoningDetail | undefined {
  const record = asRecord(value);
  if (record === undefined) return undefined;
  const { type, index } = record;
  const text = asText(record['text']);
  const signature = asText(record['signature']);
  const summary = asText(record['summary']);
  const data = asText(record['data']);
  const id = asText(record['id']);
  const format = asText(record['format']);
  const common = {
    ...(typeof index === 'number' ? { index } : {}),
    ...(id === undefined ? {} : { id }),
    ...(format === undefined ? {} : { format }),
  };
  if (type === 'reasoning.text') {
    return {
      type,
      ...(text === undefined ? {} : { text }),
      ...(signature === undefined ? {} : { signature }),
      ...common,
    };
  }
  if (type === 'reasoning.summary' && summary !== undefined) return { type, summary, ...common };
  if (type === 'reasoning.encrypted' && data !== undefined) return { type, data, ...common };
  return undefined;
}

/** How OpenRouter names what OpenAI's Responses API has encrypted. */
export const openAiFormat = 'openai-responses-v1';

/** What a client sends back of a reasoning item, for whoever it came from. */
export function detailsOfItem(item: Readonly<Record<string, unknown>>): readonly ReasoningDetail[] {
  const encrypted = asText(item['encrypted_content']);
  const ours = encrypted === undefined ? undefined : unsealReasoning(encrypted);
  if (ours !== undefined) return ours;
  const texts = textsIn(item['content']).map((text) => ({ type: 'reasoning.text', text }) as const);
  const summaries = textsIn(item['summary']).map((summary) => ({ type: 'reasoning.summary', summary }) as const);
  const shown = texts.length > 0 ? texts : summaries;
  if (encrypted === undefined || encrypted === '' || encrypted.startsWith(sealMark)) return shown;
  // Who made it is asked in no other protocol than the one it was made in.
  if (encrypted.startsWith(ownedMark)) return shown;
  const id = asText(item['id']);
  return [
    ...shown.map((detail) => ({ ...detail, format: openAiFormat })),
    { type: 'reasoning.encrypted', data: encrypted, format: openAiFormat, ...(id === undefined ? {} : { id }) },
  ];
}

function textsIn(parts: unknown): readonly string[] {
  return asList(parts).flatMap((part) => asText(asRecord(part)?.['text']) ?? []);
}

/** So many details may be going on at once. To look through all that there have been would take ever longer. */
const openDetailsMax = 32;

/** Puts together the details of one stretch of reasoning, of which a stream brings a piece at a time. */
export class ReasoningDetails {
  readonly #details: ReasoningDetail[] = [];

  get all(): readonly ReasoningDetail[] {
    return this.#details;
  }

  /** Answers the place of the detail that the piece belongs to. */
  add(piece: ReasoningDetail): number {
    const start = Math.max(0, this.#details.length - openDetailsMax);
    const found = this.#details.slice(start).findLastIndex((known) => continues(known, piece));
    const at = found < 0 ? found : start + found;
    const known = this.#details[at];
    if (known === undefined) {
      this.#details.push(piece);
      return this.#details.length - 1;
    }
    this.#details[at] = joined(known, piece);
    return at;
  }
}

/** What is encrypted comes in one piece, unless it is said to belong to another. */
function continues(known: ReasoningDetail, piece: ReasoningDetail): boolean {
  if (known.type !== piece.type || known.index !== piece.index) return false;
  if (known.id !== undefined && piece.id !== undefined && known.id !== piece.id) return false;
  if (known.type === 'reasoning.encrypted') return known.index !== undefined;
  // What is signed is complete.
  return !(known.type === 'reasoning.text' && known.signature !== undefined && 'text' in piece);
}

function joined(known: ReasoningDetail, piece: ReasoningDetail): ReasoningDetail {
  if (known.type === 'reasoning.text' && piece.type === 'reasoning.text') {
    const text = `${known.text ?? ''}${piece.text ?? ''}`;
    const signature = `${known.signature ?? ''}${piece.signature ?? ''}`;
    return { ...known, ...piece, text, ...(signature === '' ? {} : { signature }) };
  }
  if (known.type === 'reasoning.summary' && piece.type === 'reasoning.summary') {
    return { ...known, ...piece, summary: known.summary + piece.summary };
  }
  if (known.type === 'reasoning.encrypted' && piece.type === 'reasoning.encrypted') {
    return { ...known, ...piece, data: known.data + piece.data };
  }
  return piece;
}
