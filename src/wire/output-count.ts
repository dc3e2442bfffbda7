/**
 * Counts the output of a stream without a tokenizer, twice: so that it can't be too low, to charge by, and so that it
 * can't be too high, to cut off by. Pure.
 */

/** Parts of a delta that are no output: the names of things. */
const notOutput = new Set(['role', 'id', 'type']);
/**
 * What only a model writes stands under these names. Elsewhere there may be words of others, as of pages that were
 * found: those are counted so that the count can't be too low, and not so that it can't be too high.
 */
const written = new Set([
  'content',
  'text',
  'refusal',
  'tool_calls',
  'function_call',
  'function',
  'arguments',
  'thinking',
]);
/** Reasoning, of which some servers send the same words under several names. */
const reasoned = new Set(['reasoning', 'reasoning_content', 'reasoning_details']);
/** No stream that means well has so many; a count that ignores the rest is still not too high. */
const pathsMax = 1024;
/** How many words one token may hold, in a tokenizer of which nothing is known. Those that hold several hold few. */
const wordsPerTokenUnknown = 4;
/** These split text at whitespace before they look for tokens, so that no token holds two words. */
const splitsAtWhitespace = new Set(['o200k', 'cl100k', 'p50k', 'r50k', 'llama3', 'qwen', 'echo']);

export function wordsPerTokenMax(tokenizer: string | undefined): number {
  return tokenizer !== undefined && splitsAtWhitespace.has(tokenizer) ? 1 : wordsPerTokenUnknown;
}

/** The group of all words that are no reasoning. */
const answer = '';

export class OutputCount {
  readonly #wordsPerTokenMax: number;
  #bytes = 0;
  #strings = 0;
  #words = 0;
  /** By the name that they stand under, and the most that stand under one. */
  readonly #reasoningWords = new Map<string, number>();
  #mostReasoningWords = 0;
  /** Whether the text of each part of the answer, by its path, has ended inside a word so far. */
  readonly #isInWord = new Map<string, boolean>();
  /** What the provider itself had counted, and all that had come by then. */
  #reported = 0;
  #allAtReport = 0;

  constructor(wordsPerToken: number) {
    this.#wordsPerTokenMax = wordsPerToken;
  }

  /** At most one token for each byte of text, and one without any for each string. */
  get all(): number {
    return this.#bytes + this.#strings;
  }

  get most(): number {
    const counted = this.#reported === 0 ? this.all : this.#reported + this.all - this.#allAtReport;
    return Math.max(counted, this.least);
  }

  get least(): number {
    return Math.max(this.#reported, this.seen);
  }

  /** As `least`, but of the words alone that have come: so that it can tell whether a report can be true. */
  get seen(): number {
    return Math.ceil((this.#words + this.#mostReasoningWords) / this.#wordsPerTokenMax);
  }

  /** Takes in everything that a choice adds to the answer, whatever it is called. */
  add(choice: number, delta: unknown): void {
    const path = String(choice);
    if (typeof delta !== 'object' || delta === null) return this.#walk(delta, path, answer);
    for (const [name, part] of Object.entries(delta)) {
      const group = reasoned.has(name) ? name : written.has(name) ? answer : undefined;
      if (!notOutput.has(name)) this.#walk(part, `${path}.${name}`, group);
    }
  }

  /** As `add` of a delta with nothing but a content. */
  addContent(choice: number, content: string): void {
    if (content !== '') this.#addText(content, `${choice}.content`, answer);
  }

  /**
   * Takes in what the provider says that it has generated so far. Answers false if that can't be: more has come
   * already.
   */
  report(outputTokens: number): boolean {
    if (outputTokens < this.seen) return false;
    // One that is no larger than the last tells nothing of what has come since.
    if (outputTokens > this.#reported) {
      this.#reported = outputTokens;
      this.#allAtReport = this.all;
    }
    return true;
  }

  #walk(value: unknown, path: string, group: string | undefined): void {
    if (typeof value === 'string') {
      if (value !== '') this.#addText(value, path, group);
    } else if (Array.isArray(value)) {
      for (const [position, item] of value.entries()) this.#walk(item, `${path}.${indexOf(item, position)}`, group);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, part] of Object.entries(value)) {
        if (!notOutput.has(name)) this.#walk(part, `${path}.${name}`, written.has(name) ? group : undefined);
      }
    }
  }

  #addText(text: string, path: string, group: string | undefined): void {
    this.#strings += 1;
    const isCounted = group !== undefined && (this.#isInWord.has(path) || this.#isInWord.size < pathsMax);
    let isInWord = this.#isInWord.get(path) ?? false;
    let words = 0;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      this.#bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
      const isSpace = code === 0x20 || (code >= 0x09 && code <= 0x0d);
      if (!isSpace && !isInWord) words += 1;
      isInWord = !isSpace;
    }
    if (!isCounted) return;
    this.#isInWord.set(path, isInWord);
    if (group === answer) {
      this.#words += words;
      return;
    }
    const reasoningWords = (this.#reasoningWords.get(group) ?? 0) + words;
    this.#reasoningWords.set(group, reasoningWords);
    this.#mostReasoningWords = Math.max(this.#mostReasoningWords, reasoningWords);
  }
}

/** Parts of a list say which one they continue. */
function indexOf(item: unknown, position: number): number {
  const index: unknown = typeof item === 'object' && item !== null && 'index' in item ? item.index : undefined;
  return typeof index === 'number' ? index : position;
}
