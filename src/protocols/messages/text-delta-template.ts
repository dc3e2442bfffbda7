import { textBetweenQuotes } from '../json/json-text.ts';
import { type JsonRecord, asCount, asRecord } from '../json/json-value.ts';

/**
 * The events that add text to one block differ in that text only, and there are hundreds of them. Once one is known,
 * whether another is the same but for its text can be told without parsing it, and as surely: what stands between two
 * quotes is one string, whatever it says.
 */
export class TextDeltaTemplate {
  /** The block that the events add to. */
  readonly index: number;
  readonly #before: string;
  readonly #after: string;

  private constructor(index: number, before: string, after: string) {
    this.index = index;
    this.#before = before;
    this.#after = after;
  }

  /** Undefined where the event does more than to add text to a block. */
  static of(data: string, event: JsonRecord): TextDeltaTemplate | undefined {
    const delta = asRecord(event['delta']);
    const index = asCount(event['index']);
    if (event['type'] !== 'content_block_delta' || delta?.['type'] !== 'text_delta' || index === undefined) {
      return undefined;
    }
    const name = /"text": ?"/.exec(data);
    const text = JSON.stringify(delta['text']);
    const start = name === null ? -1 : name.index + name[0].length;
    if (start < 0 || !data.startsWith(text, start - 1)) return undefined;
    const before = data.slice(0, start);
    const after = data.slice(start - 1 + text.length - 1);
    // That it stands where it was found is made sure of by putting something else there.
    const other: unknown = JSON.parse(before + probe + after);
    const expected = { ...event, delta: { ...delta, text: probe } };
    if (JSON.stringify(other) !== JSON.stringify(expected)) return undefined;
    return new TextDeltaTemplate(index, before, after);
  }

  /** The text that an event adds; undefined where it is not the same but for that, or it takes parsing to know. */
  textIn(data: string): string | undefined {
    const end = data.length - this.#after.length;
    if (end < this.#before.length || !data.startsWith(this.#before) || !data.endsWith(this.#after)) return undefined;
    return textBetweenQuotes(data.slice(this.#before.length, end));
  }
}

const probe = 'weir';
