import { type JsonRecord, asList, asRecord, asText } from '../json/json-value.ts';
import type { OutputCount } from '../output-count.ts';

/**
 * Counts the output of a response. Its events tell everything twice, piece by piece and whole when it is done; some
 * servers tell it only once, in either way. What was counted in pieces is not counted again.
 */
export class ResponseCount {
  readonly count: OutputCount;
  /** What has come of each text, by its place. */
  readonly #texts = new Map<string, { text: string }>();
  /** The text that was added to last: nearly always the next piece belongs to it too. */
  #last: { readonly outputIndex: number; readonly index: number; readonly known: { text: string } } | undefined;

  constructor(count: OutputCount) {
    this.count = count;
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

  /** Counts what has not come yet of a complete text. */
  complete(outputIndex: number, kind: TextKind, index: number, whole: string): void {
    const known = this.#text(outputIndex, kind, index);
    if (whole.length > known.length) this.add(outputIndex, kind, index, whole.slice(known.length));
  }

  /** Counts what has not come yet of all items. */
  addItems({ output }: JsonRecord): void {
    asList(output).forEach((value, index) => {
      const item = asRecord(value);
      if (item !== undefined) this.addItem(index, item);
    });
  }

  /** Counts what has not come yet of an item. */
  addItem(outputIndex: number, item: JsonRecord): void {
    switch (item['type']) {
      case 'message':
        return this.#addParts(outputIndex, item['content']);
      case 'reasoning':
        this.#addParts(outputIndex, item['content']);
        return this.#addParts(outputIndex, item['summary']);
      case 'function_call':
      case 'mcp_call':
        return this.#addFields(outputIndex, item, ['name', 'arguments']);
      case 'custom_tool_call':
        return this.#addFields(outputIndex, item, ['name', 'input']);
      default:
        // What the model has told a tool to do. What the tool has made, such as a picture, is no text.
        for (const name of ['action', 'operation', 'code', 'queries', 'arguments']) {
          if (item[name] !== undefined && item[name] !== null) {
            this.complete(outputIndex, 'other', 0, JSON.stringify(item[name]));
          }
        }
    }
  }

  /** An unfinished item with all that has come of it, as one that was cut short. */
  itemSoFar(outputIndex: number, item: JsonRecord): JsonRecord {
    switch (item['type']) {
      case 'message': {
        const said = this.#allTexts(outputIndex, 'text').map((text) => ({
          type: 'output_text',
          text,
          annotations: [],
          logprobs: [],
        }));
        const refused = this.#allTexts(outputIndex, 'refusal').map((refusal) => ({ type: 'refusal', refusal }));
        return { ...item, status: 'incomplete', content: [...said, ...refused] };
      }
      case 'reasoning': {
        const summary = this.#allTexts(outputIndex, 'summary').map((text) => ({ type: 'summary_text', text }));
        const content = this.#allTexts(outputIndex, 'reasoning').map((text) => ({ type: 'reasoning_text', text }));
        return { ...item, status: 'incomplete', summary, ...(content.length === 0 ? {} : { content }) };
      }
      case 'function_call':
        return { ...item, status: 'incomplete', arguments: this.#text(outputIndex, 'arguments', 0) };
      case 'custom_tool_call': {
        const status = item['status'] === undefined ? {} : { status: 'incomplete' };
        return { ...item, ...status, input: this.#text(outputIndex, 'input', 0) };
      }
      default:
        // Each other type tells in its own way how far it has come.
        return item;
    }
  }

  #addFields(outputIndex: number, item: JsonRecord, kinds: readonly TextKind[]): void {
    for (const kind of kinds) this.complete(outputIndex, kind, 0, asText(item[kind]) ?? '');
  }

  #addParts(outputIndex: number, parts: unknown): void {
    asList(parts).forEach((value, index) => {
      const part = asRecord(value);
      const kind = partKinds.get(part?.['type']);
      if (kind === undefined) return;
      this.complete(outputIndex, kind, index, asText(part?.['text']) ?? asText(part?.['refusal']) ?? '');
    });
  }

  #text(outputIndex: number, kind: TextKind, index: number): string {
    return this.#texts.get(placeOf(outputIndex, kind, index))?.text ?? '';
  }

  #allTexts(outputIndex: number, kind: TextKind): readonly string[] {
    const found: string[] = [];
    for (;;) {
      const text = this.#text(outputIndex, kind, found.length);
      if (text === '') return found;
      found.push(text);
    }
  }

  #textAt(place: string): { text: string } {
    const known = this.#texts.get(place) ?? { text: '' };
    this.#texts.set(place, known);
    return known;
  }
}

export type TextKind = 'text' | 'refusal' | 'reasoning' | 'summary' | 'name' | 'arguments' | 'input' | 'other';

/**
 * The names under which the output count takes in each kind of text. A summary, which another model writes, and text of
 * unknown origin have names that it does not know: so they never make the count too high.
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

const partKinds: ReadonlyMap<unknown, TextKind> = new Map<unknown, TextKind>([
  ['output_text', 'text'],
  ['refusal', 'refusal'],
  ['reasoning_text', 'reasoning'],
  ['summary_text', 'summary'],
]);

function placeOf(outputIndex: number, kind: TextKind, index: number): string {
  return `${outputIndex}.${kind}.${index}`;
}

/** Counts all output of a whole response. */
export function countResponse(count: OutputCount, response: JsonRecord): void {
  new ResponseCount(count).addItems(response);
}
