import type { JsonRecord } from '../json/json-value.ts';
import type { ReasoningDetail } from '../chat/chunk.ts';
import { readableText } from '../chat/readable-text.ts';
import { type ItemPlace, type ItemStatus, OutputItem } from './output-item.ts';
import { sealReasoning } from './reasoning.ts';

export class ReasoningItem extends OutputItem {
  readonly #details = new ReasoningDetails();
  readonly #isSealed: boolean;
  readonly #summaries: string[] = [];
  /** Which detail the last summary shows. */
  #shown: number | undefined;
  #deltaStart = '';

  /** @param isSealed whether the client gets all of the reasoning, to send it back */
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
      before = this.finish();
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
    const isTold = this.#isSealed && status !== 'in_progress' && all.length > 0;
    const item = { id: this.id, type: 'reasoning', status, summary: this.#summaries.map(summaryPart) };
    return isTold ? { ...item, encrypted_content: sealReasoning(all) } : item;
  }

  protected override finish(): string {
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

/** How many details may be unfinished at once. Looking through all details would take ever longer. */
const openDetailsMax = 32;

/** Puts together the details of one stretch of reasoning from the pieces of a stream. */
export class ReasoningDetails {
  readonly #details: ReasoningDetail[] = [];

  get all(): readonly ReasoningDetail[] {
    return this.#details;
  }

  /** Answers the index of the detail that the piece belongs to. */
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

/** Encrypted reasoning comes in one piece, unless its index says that it belongs to another. */
function continues(known: ReasoningDetail, piece: ReasoningDetail): boolean {
  if (known.type !== piece.type || known.index !== piece.index) return false;
  if (known.id !== undefined && piece.id !== undefined && known.id !== piece.id) return false;
  if (known.type === 'reasoning.encrypted') return known.index !== undefined;
  // A signed text is complete.
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
