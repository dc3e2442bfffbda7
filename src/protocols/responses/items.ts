import type { JsonRecord } from '../json/json-value.ts';
import type { ReasoningDetail } from '../chat/chunk.ts';
import { responseAnnotation } from './annotation.ts';
import { sseTypedText } from '../sse.ts';
import { eventLogprobs, partLogprobs } from './logprobs.ts';
import { ReasoningDetails, sealReasoning } from './reasoning.ts';
import { readableText } from '../chat/readable-text.ts';

/** Numbers the events of a response. */
export class EventWriter {
  #sequence = 0;

  get sequence(): number {
    return this.#sequence;
  }

  /** @param comment to stand before the event */
  event(type: string, fields: object, comment?: string): string {
    return sseTypedText(type, { ...fields, sequence_number: this.next() }, comment);
  }

  next(): number {
    this.#sequence += 1;
    return this.#sequence - 1;
  }
}

/** Where an item stands in the response, and what writes its events. */
export interface ItemPlace {
  readonly events: EventWriter;
  readonly outputIndex: number;
  readonly id: string;
}

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** An item of a response while it is made. Each method answers the events that it takes. */
export abstract class OutputItem {
  readonly #place: ItemPlace;
  #status: ItemStatus = 'in_progress';

  constructor(place: ItemPlace) {
    this.#place = place;
  }

  get id(): string {
    return this.#place.id;
  }

  get outputIndex(): number {
    return this.#place.outputIndex;
  }

  get events(): EventWriter {
    return this.#place.events;
  }

  get isOpen(): boolean {
    return this.#status === 'in_progress';
  }

  /** The item with all that is in it so far. */
  get item(): JsonRecord {
    return this.content(this.#status);
  }

  open(): string {
    return this.events.event('response.output_item.added', { output_index: this.outputIndex, item: this.item });
  }

  close(status: ItemStatus): string {
    if (!this.isOpen) return '';
    const parts = this.finish();
    this.#status = status;
    return parts + this.events.event('response.output_item.done', { output_index: this.outputIndex, item: this.item });
  }

  protected abstract content(status: ItemStatus): JsonRecord;
  protected abstract finish(): string;

  protected event(type: string, fields: object): string {
    return this.events.event(type, { item_id: this.id, output_index: this.outputIndex, ...fields });
  }

  /** What an event that adds a piece of text begins with, up to the text: most events are such. */
  protected deltaStart(type: string, fields: object): string {
    const event = JSON.stringify({ type, item_id: this.id, output_index: this.outputIndex, ...fields });
    return `event: ${type}\ndata: ${event.slice(0, -1)},"delta":`;
  }

  /** @param start from `deltaStart` */
  protected deltaEvent(start: string, delta: string): string {
    return `${start}${JSON.stringify(delta)},"sequence_number":${this.events.next()}}\n\n`;
  }
}

type MessagePart =
  | { readonly type: 'output_text'; text: string; readonly annotations: JsonRecord[]; readonly logprobs: JsonRecord[] }
  | { readonly type: 'refusal'; refusal: string };

const noProbabilities: readonly unknown[] = [];

export class MessageItem extends OutputItem {
  readonly #parts: MessagePart[] = [];
  /** What the events of the last part's text begin with, up to the text. */
  #deltaStart = '';

  /** @param logprobs of the tokens of the text, where they were asked for */
  text(text: string, logprobs: readonly unknown[] = noProbabilities): string {
    const last = this.#parts.at(-1);
    let before = '';
    let part = last;
    if (part?.type !== 'output_text') {
      part = { type: 'output_text', text: '', annotations: [], logprobs: [] };
      before = this.#openPart(part);
      this.#deltaStart = this.deltaStart('response.output_text.delta', { content_index: this.#parts.length - 1 });
    }
    part.text += text;
    let probabilities = '[]';
    if (logprobs.length > 0) {
      const told = partLogprobs(logprobs);
      part.logprobs.push(...told);
      probabilities = JSON.stringify(eventLogprobs(told));
    }
    const start = `${before}${this.#deltaStart}${JSON.stringify(text)}`;
    return `${start},"logprobs":${probabilities},"sequence_number":${this.events.next()}}\n\n`;
  }

  refusal(text: string): string {
    const last = this.#parts.at(-1);
    let before = '';
    let part = last;
    if (part?.type !== 'refusal') {
      part = { type: 'refusal', refusal: '' };
      before = this.#openPart(part);
    }
    part.refusal += text;
    return before + this.#partEvent('response.refusal.delta', { delta: text });
  }

  annotation(said: unknown): string {
    const last = this.#parts.at(-1);
    // There is nothing yet that it could be about.
    if (last?.type !== 'output_text') return '';
    const annotation = responseAnnotation(said, last.text.length);
    if (annotation === undefined) return '';
    last.annotations.push(annotation);
    return this.#partEvent('response.output_text.annotation.added', {
      annotation_index: last.annotations.length - 1,
      annotation,
    });
  }

  protected override content(status: ItemStatus): JsonRecord {
    return { id: this.id, type: 'message', status, role: 'assistant', content: this.#parts.map(copied) };
  }

  protected override finish(): string {
    return this.#closePart();
  }

  #openPart(part: MessagePart): string {
    const before = this.#closePart();
    this.#parts.push(part);
    return before + this.#partEvent('response.content_part.added', { part: copied(part) });
  }

  #closePart(): string {
    const part = this.#parts.at(-1);
    if (part === undefined) return '';
    const done =
      part.type === 'output_text'
        ? this.#partEvent('response.output_text.done', {
            text: part.text,
            logprobs: eventLogprobs(part.logprobs),
          })
        : this.#partEvent('response.refusal.done', { refusal: part.refusal });
    return done + this.#partEvent('response.content_part.done', { part: copied(part) });
  }

  #partEvent(type: string, fields: object): string {
    return this.event(type, { content_index: this.#parts.length - 1, ...fields });
  }
}

/** A part is added to while it is open; what was told of it is not. */
function copied(part: MessagePart): MessagePart {
  if (part.type === 'refusal') return { ...part };
  return { ...part, annotations: [...part.annotations], logprobs: [...part.logprobs] };
}

export class ReasoningItem extends OutputItem {
  readonly #details = new ReasoningDetails();
  readonly #isSealed: boolean;
  readonly #summaries: string[] = [];
  /** Which of the details the last of the summaries shows. */
  #shown: number | undefined;
  #deltaStart = '';

  /** @param isSealed whether the client gets all of it, so that it can be sent back */
  constructor(place: ItemPlace, isSealed: boolean) {
    super(place);
    this.#isSealed = isSealed;
  }

  add(detail: ReasoningDetail): string {
    const at = this.#details.add(detail);
    const delta = readableText(detail);
    if (delta === '') return '';
    let before = '';
    if (this.#shown !== at) {
      before = this.#closePart();
      this.#summaries.push('');
      this.#shown = at;
      before += this.#partEvent('response.reasoning_summary_part.added', { part: summaryPart('') });
      const summaryIndex = this.#summaries.length - 1;
      this.#deltaStart = this.deltaStart('response.reasoning_summary_text.delta', { summary_index: summaryIndex });
    }
    this.#summaries[this.#summaries.length - 1] += delta;
    return before + this.deltaEvent(this.#deltaStart, delta);
  }

  protected override content(status: ItemStatus): JsonRecord {
    const { all } = this.#details;
    return {
      id: this.id,
      type: 'reasoning',
      status,
      summary: this.#summaries.map(summaryPart),
      ...(this.#isSealed && status !== 'in_progress' && all.length > 0
        ? { encrypted_content: sealReasoning(all) }
        : {}),
    };
  }

  protected override finish(): string {
    return this.#closePart();
  }

  #closePart(): string {
    const text = this.#summaries.at(-1);
    if (text === undefined) return '';
    return (
      this.#partEvent('response.reasoning_summary_text.done', { text }) +
      this.#partEvent('response.reasoning_summary_part.done', { part: summaryPart(text) })
    );
  }

  #partEvent(type: string, fields: object): string {
    return this.event(type, { summary_index: this.#summaries.length - 1, ...fields });
  }
}

function summaryPart(text: string) {
  return { type: 'summary_text', text };
}
