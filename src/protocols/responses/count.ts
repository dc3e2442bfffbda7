import { type JsonRecord, asList, asRecord, asText } from '../json/json-value.ts';
import type { OutputCount } from '../output-count.ts';

/**
 * Counts what a response says, of which its events tell everything twice, some servers once, and in either of the two
 * ways: piece by piece, and whole when it is done. What was counted in pieces is not counted again.
 */
export class ResponseCount {
  readonly count: OutputCount;
  /** What has come of each text, by the place of its item and its own. */
  readonly #texts = new Map<string, { text: string }>();
  /** The one that was added to last, which nearly always is the one that is added to next. */
  #last: { readonly outputIndex: number; readonly index: number; readonly known: { text: string } } | undefined;

  constructor(count: OutputCount) {
    this.count = count;
  }

  /** All that has come of a text. */
  text(outputIndex: number, kind: TextKind, index: number): string {
    return this.#texts.get(placeOf(outputIndex, kind, index))?.text ?? '';
  }

  addText(outputIndex: number, index: number, piece: string): void {
    this.count.addContent(outputIndex, piece);
    if (this.#last?.outputIndex !== outputIndex || this.#last.index !== index) {
      this.#last = { outputIndex, index, known: this.#textAt(placeOf(outputIndex, 'text', index)) };
    }
    this.#last.known.text += piece;
  }

  add(outputIndex: number, kind: TextKind, index: number, piece: string): void {
    if (kind === 'text') return this.addText(outputIndex, index, piece);
    if (piece === '') return;
    this.count.add(outputIndex, { [countedAs[kind]]: piece });
    this.#textAt(placeOf(outputIndex, kind, index)).text += piece;
  }

  /** Takes in a text that is complete, as far as it has not come yet. */
  complete(outputIndex: number, kind: TextKind, index: number, whole: string): void {
    const known = this.text(outputIndex, kind, index);
    if (whole.length > known.length) this.add(outputIndex, kind, index, whole.slice(known.length));
  }

  /** Takes in an item, as far as what it says has not come yet. */
  addItem(outputIndex: number, item: JsonRecord): void {
    const { type } = item;
    switch (type) {
      case 'message':
        this.#addParts(outputIndex, item['content']);
        break;
      case 'reasoning':
        this.#addParts(outputIndex, item['content']);
        this.#addParts(outputIndex, item['summary']);
        break;
      case 'function_call':
      case 'mcp_call':
        this.complete(outputIndex, 'name', 0, asText(item['name']) ?? '');
        this.complete(outputIndex, 'arguments', 0, asText(item['arguments']) ?? '');
        break;
      case 'custom_tool_call':
        this.complete(outputIndex, 'name', 0, asText(item['name']) ?? '');
        this.complete(outputIndex, 'input', 0, asText(item['input']) ?? '');
        break;
      default:
        // What the model has told a tool to do. What the tool has made, such as a picture, is no text.
        for (const name of ['action', 'operation', 'code', 'queries', 'arguments']) {
          if (item[name] !== undefined && item[name] !== null) {
            this.complete(outputIndex, 'other', 0, JSON.stringify(item[name]));
          }
        }
    }
  }

  #addParts(outputIndex: number, parts: unknown): void {
    asList(parts).forEach((value, index) => {
      const part = asRecord(value);
      const kind = partKinds.get(String(part?.['type']));
      if (kind === undefined) return;
      this.complete(outputIndex, kind, index, asText(part?.['text']) ?? asText(part?.['refusal']) ?? '');
    });
  }

  #textAt(place: string): { text: string } {
    const known = this.#texts.get(place) ?? { text: '' };
    this.#texts.set(place, known);
    return known;
  }
}

export type TextKind = 'text' | 'refusal' | 'reasoning' | 'summary' | 'name' | 'arguments' | 'input' | 'other';

/**
 * The names under which the count takes them in. What another model writes, as it does summaries, and what is not known
 * to be written by one are to be under none that it knows: then they make no count that could be too high.
 */
const countedAs: Readonly<Record<Exclude<TextKind, 'text'>, string>> = {
  refusal: 'refusal',
  reasoning: 'reasoning_content',
  summary: 'summary',
  name: 'function_call',
  arguments: 'arguments',
  input: 'tool_calls',
  other: 'other',
};

const partKinds: ReadonlyMap<string, TextKind> = new Map<string, TextKind>([
  ['output_text', 'text'],
  ['refusal', 'refusal'],
  ['reasoning_text', 'reasoning'],
  ['summary_text', 'summary'],
]);

function placeOf(outputIndex: number, kind: TextKind, index: number): string {
  return `${outputIndex}.${kind}.${index}`;
}

/** Takes in all the output of a response that came whole. */
export function countResponse(count: OutputCount, response: JsonRecord): void {
  const counted = new ResponseCount(count);
  asList(response['output']).forEach((value, index) => {
    const item = asRecord(value);
    if (item !== undefined) counted.addItem(index, item);
  });
}
