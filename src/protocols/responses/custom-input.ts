import { asRecord, parseJson } from '../json/json-value.ts';
import { customInput } from './tools.ts';

/**
 * Reads the input of a tool that takes any text from the arguments of the function that stands for it: `{"input":"…"}`,
 * in pieces that may end anywhere.
 */
export class CustomInput {
  #json = '';
  /** The unread rest of the JSON; undefined until the text in it begins. */
  #unread: string | undefined;
  #text = '';

  /** Answers the text in a piece of the arguments. */
  push(piece: string): string {
    this.#json += piece;
    // Reading all JSON again with each piece would take quadratic time.
    const unread = this.#unread === undefined ? this.#begin(piece) : this.#unread + piece;
    if (unread === undefined) return '';
    const end = endOfWholeCharacters(unread);
    const text = unescaped(unread.slice(0, end));
    this.#unread = unread.slice(end);
    this.#text += text;
    return text;
  }

  /** The rest of the text, after the last piece. A model may have written something else altogether. */
  end(): string {
    const value = parseJson(this.#json);
    const input = asRecord(value)?.[customInput] ?? value;
    // Arguments that are no JSON are themselves the input, unless they are JSON that was cut short.
    const whole = typeof input === 'string' ? input : this.#unread === undefined ? this.#json : this.#text;
    // What the client was told can't be taken back.
    return whole.startsWith(this.#text) ? whole.slice(this.#text.length) : '';
  }

  /** The JSON from the beginning of the text on; undefined where the text has not begun. */
  #begin({ length }: string): string | undefined {
    if (this.#json.length - length > beginningCharsMax) return undefined;
    const found = beginning.exec(this.#json);
    return found === null ? undefined : this.#json.slice(found[0].length);
  }
}

/** A text that does not begin within so much JSON, whatever its layout, never will. */
const beginningCharsMax = 64 * 1024;
const beginning = new RegExp(`^\\s*\\{\\s*"${customInput}"\\s*:\\s*"`);

/** Where the text ends, or an escape begins that is not whole yet. */
function endOfWholeCharacters(json: string): number {
  let at = 0;
  while (at < json.length && json[at] !== '"') {
    const length = json[at] !== '\\' ? 1 : json[at + 1] === 'u' ? 6 : 2;
    if (at + length > json.length) break;
    at += length;
  }
  return at;
}

function unescaped(text: string): string {
  if (!text.includes('\\') && !control.test(text)) return text;
  // Models do not always escape what must be escaped.
  const strict = text.replaceAll(eachControl, (character) => JSON.stringify(character).slice(1, -1));
  const value = parseJson(`"${strict}"`);
  return typeof value === 'string' ? value : text;
}

const control = /\p{Cc}/u;
const eachControl = /\p{Cc}/gu;
