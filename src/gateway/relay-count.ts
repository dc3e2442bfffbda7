/**
 * Counts the output of a stream without a tokenizer, twice: so that it can't be too low, to charge by, and so that it
 * can't be too high, to cut off by. Pure.
 */

/** Parts of a delta that are no output: the names of things. */
const notOutput = new Set(['role', 'id', 'type']);
/** No stream that means well has so many; a count that ignores the rest is still not too high. */
const pathsMax = 1024;
/** How many words one token may hold, in a tokenizer of which nothing is known. Those that hold several hold few. */
const wordsPerTokenUnknown = 4;
/** These split text at whitespace before they look for tokens, so that no token holds two words. */
const splitsAtWhitespace = new Set(['o200k', 'cl100k', 'p50k', 'r50k', 'llama3', 'qwen', 'echo']);

export function wordsPerTokenMax(tokenizer: string | undefined): number {
  return tokenizer !== undefined && splitsAtWhitespace.has(tokenizer) ? 1 : wordsPerTokenUnknown;
}

export class OutputCount {
  readonly #wordsPerTokenMax: number;
  #bytes = 0;
  #strings = 0;
  #words = 0;
  /** Whether the text of each part of the answer, by its path, has ended inside a word so far. */
  readonly #isInWord = new Map<string, boolean>();
  /** What the provider itself had counted, and what came since. */
  #reported = 0;
  #mostAtReport = 0;

  constructor(wordsPerToken: number) {
    this.#wordsPerTokenMax = wordsPerToken;
  }

  /** At most one token for each byte of text, and one without any for each string. */
  get most(): number {
    const counted = this.#bytes + this.#strings;
    return this.#reported === 0 ? counted : this.#reported + counted - this.#mostAtReport;
  }

  get least(): number {
    return Math.max(this.#reported, Math.floor(this.#words / this.#wordsPerTokenMax));
  }

  /** Takes in everything that a choice adds to the answer, whatever it is called. */
  add(choice: number, delta: unknown): void {
    this.#walk(delta, String(choice));
  }

  /** Takes in what the provider says that it has generated so far. */
  report(outputTokens: number): void {
    this.#reported = Math.max(this.#reported, outputTokens);
    this.#mostAtReport = this.#bytes + this.#strings;
  }

  #walk(value: unknown, path: string): void {
    if (typeof value === 'string') {
      if (value !== '') this.#addText(value, path);
    } else if (Array.isArray(value)) {
      for (const [position, item] of value.entries()) this.#walk(item, `${path}.${indexOf(item, position)}`);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, part] of Object.entries(value)) {
        if (!notOutput.has(name)) this.#walk(part, `${path}.${name}`);
      }
    }
  }

  #addText(text: string, path: string): void {
    this.#strings += 1;
    const isCounted = this.#isInWord.has(path) || this.#isInWord.size < pathsMax;
    let isInWord = this.#isInWord.get(path) ?? false;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      this.#bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
      const isSpace = code === 0x20 || (code >= 0x09 && code <= 0x0d);
      if (!isSpace && !isInWord && isCounted) this.#words += 1;
      isInWord = !isSpace;
    }
    if (isCounted) this.#isInWord.set(path, isInWord);
  }
}

/** Parts of a list say which one they continue. */
function indexOf(item: unknown, position: number): number {
  const index: unknown = typeof item === 'object' && item !== null && 'index' in item ? item.index : undefined;
  return typeof index === 'number' ? index : position;
}
