import { type JsonRecord, asCount, asList, asRecord, asText } from '../json/json-value.ts';
import { type ItemStatus, OutputItem } from './output-item.ts';

interface TextPart {
  readonly type: 'output_text';
  text: string;
  readonly annotations: JsonRecord[];
  readonly logprobs: JsonRecord[];
}

interface RefusalPart {
  readonly type: 'refusal';
  refusal: string;
}

const noLogprobs: readonly unknown[] = [];

export class MessageItem extends OutputItem {
  readonly #parts: (TextPart | RefusalPart)[] = [];
  /** The beginning of the events of the last part's text. */
  #deltaStart = '';

  /** @param logprobs of the tokens of the text, where the client asked for them */
  text(text: string, logprobs = noLogprobs): string {
    let part = this.#parts.at(-1);
    let before = '';
    if (part?.type !== 'output_text') {
      part = { type: 'output_text', text: '', annotations: [], logprobs: [] };
      before = this.#openPart(part);
      this.#deltaStart = this.deltaStart('response.output_text.delta', { content_index: this.#parts.length - 1 });
    }
    part.text += text;
    let told = '[]';
    if (logprobs.length > 0) {
      const added = partLogprobs(logprobs);
      part.logprobs.push(...added);
      told = JSON.stringify(eventLogprobs(added));
    }
    return before + this.deltaEvent(this.#deltaStart, text, `,"logprobs":${told}`);
  }

  refusal(text: string): string {
    let part = this.#parts.at(-1);
    let before = '';
    if (part?.type !== 'refusal') {
      part = { type: 'refusal', refusal: '' };
      before = this.#openPart(part);
    }
    part.refusal += text;
    return before + this.#partEvent('response.refusal.delta', { delta: text });
  }

  annotation(said: unknown): string {
    const last = this.#parts.at(-1);
    // An annotation without a text before it is about nothing.
    if (last?.type !== 'output_text') return '';
    const annotation = responseAnnotation(said, last.text.length);
    if (annotation === undefined) return '';
    last.annotations.push(annotation);
    const index = last.annotations.length - 1;
    return this.#partEvent('response.output_text.annotation.added', { annotation_index: index, annotation });
  }

  protected override content(status: ItemStatus): JsonRecord {
    return { id: this.id, type: 'message', status, role: 'assistant', content: this.#parts.map(copied) };
  }

  protected override finish(): string {
    const part = this.#parts.at(-1);
    if (part === undefined) return '';
    const done =
      part.type === 'refusal'
        ? this.#partEvent('response.refusal.done', { refusal: part.refusal })
        : this.#partEvent('response.output_text.done', { text: part.text, logprobs: eventLogprobs(part.logprobs) });
    return done + this.#partEvent('response.content_part.done', { part });
  }

  /** Ends the last part, and begins another. */
  #openPart(part: TextPart | RefusalPart): string {
    const before = this.finish();
    this.#parts.push(part);
    return before + this.#partEvent('response.content_part.added', { part });
  }

  #partEvent(type: string, fields: object): string {
    return this.event(type, { content_index: this.#parts.length - 1, ...fields });
  }
}

/** A copy stays as it was told, while the open part grows. */
function copied(part: TextPart | RefusalPart): TextPart | RefusalPart {
  if (part.type === 'refusal') return { ...part };
  return { ...part, annotations: [...part.annotations], logprobs: [...part.logprobs] };
}

/**
 * A source in a chat completion as the Responses API tells it; undefined where strict clients would reject it.
 * @param textLength the length so far of the text that cites the source
 */
export function responseAnnotation(annotation: unknown, textLength: number): JsonRecord | undefined {
  const { type, ...flat } = asRecord(annotation) ?? {};
  // Chat completions have the fields one level down.
  const fields = typeof type === 'string' ? (asRecord(flat[type]) ?? flat) : flat;
  if (type === 'url_citation') {
    const url = asText(fields['url']);
    if (url === undefined) return undefined;
    return {
      type,
      start_index: asCount(fields['start_index']) ?? 0,
      end_index: asCount(fields['end_index']) ?? textLength,
      url,
      title: asText(fields['title']) ?? url,
    };
  }
  if (type !== 'file_citation') return undefined;
  const index = asCount(fields['index']) ?? 0;
  const name = `document_${index}`;
  return { type, file_id: asText(fields['file_id']) ?? name, filename: asText(fields['filename']) ?? name, index };
}

/** How probable the tokens of a chat completion were, as the text of a response says it. */
export function partLogprobs(said: readonly unknown[]): readonly JsonRecord[] {
  return said.map((value) => {
    const top = asList(asRecord(value)?.['top_logprobs']);
    return { ...tokenOf(value), top_logprobs: top.map(tokenOf) };
  });
}

/** The same in the shorter form that events have. */
export function eventLogprobs(logprobs: readonly JsonRecord[]): readonly JsonRecord[] {
  return logprobs.map(({ top_logprobs: top, ...token }) => ({
    ...withoutBytes(token),
    top_logprobs: asList(top).map((each) => withoutBytes(asRecord(each) ?? {})),
  }));
}

/** In a chat completion, a token that is no text of its own has no bytes. */
function tokenOf(value: unknown): JsonRecord {
  const { token, logprob, bytes } = asRecord(value) ?? {};
  return {
    token: asText(token) ?? '',
    bytes: asList(bytes).filter((byte) => asCount(byte) !== undefined),
    logprob: typeof logprob === 'number' ? logprob : 0,
  };
}

function withoutBytes(said: JsonRecord): JsonRecord {
  const { bytes: _, ...token } = said;
  return token;
}
