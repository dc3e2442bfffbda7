import { asRecord, parseJson } from '../json/json-value.ts';
import { customInput } from './tools.ts';

/**
 * The input of a tool that takes any text, out of the arguments of the function that stands for it: `{"input":"…"}`,
 * which come in pieces that may end anywhere.
 */
export class CustomInput {
  #json = '';
  /** What of the JSON has not been read yet, once the text in it has begun. */
  #unread: string | undefined;
  #text = '';

  /** Takes in a piece of the arguments, and answers the text in it. */
  push(piece: string): string {
    this.#json += piece;
    // To look at all that has come, with each piece of it, would take time in the square of its length.
    const unread = this.#unread === undefined ? this.#begin(piece) : this.#unread + piece;
    if (unread === undefined) return '';
    const end = endOfWholeCharacters(unread, 0);
    const text = unescaped(unread.slice(0, end));
    this.#unread = unread.slice(end);
    this.#text += text;
    return text;
  }

  /** The rest of the text, now that there are no more pieces. A model may have written something else altogether. */
  end(): string {
    const value = parseJson(this.#json);
    const input = asRecord(value)?.[customInput] ?? value;
    // What is no JSON at all is what the model would have the tool take, unless it was cut short in the midst of it.
    const whole = typeof input === 'string' ? input : this.#unread === undefined ? this.#json : this.#text;
    // What was told can't be taken back.
    return whole.startsWith(this.#text) ? whole.slice(this.#text.length) : '';
  }

  /** What has come of the text and all that follows it; undefined where it has not begun. */
  #begin({ length }: string): string | undefined {
    if (this.#json.length - length > beginningCharsMax) return undefined;
    const found = beginning.exec(this.#json);
    return found === null ? undefined : this.#json.slice(found[0].length);
  }
}

/** What has not begun after so much of the JSON, however it is laid out, will not. */
const beginningCharsMax = 64 * 1024;
const beginning = new RegExp(`^\\s*\\{\\s*"${customInput}"\\s*:\\s*"`);

/** Up to the quote that ends the text, or to an escape that is not whole yet. */
function endOfWholeCharacters(json: string, start: number): number {
  let at = start;
  while (at < json.length && json[at] !== '"') {
    const length = json[at] !== '\\' ? 1 : json[at + 1] === 'u' ? 6 : 2;
    if (at + length > json.length) break;
    at += length;
  }
  return at;
}

function unescaped(text: string): string {
  if (!text.includes('\\') && !control.test(text)) return text;
  // Models are not always strict about what must be escaped.
  const strict = text.replaceAll(eachControl, (character) => JSON.stringify(character).slice(1, -1));
  const value = parseJson(`"${strict}"`);
  return typeof value === 'string' ? value : text;
}

const control = /\p{Cc}/u;
const eachControl = /\p{Cc}/gu;
