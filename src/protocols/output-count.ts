import { asRecord } from './json/json-value.ts';
import { Words } from './words.ts';

/**
 * Counts the output of a stream without a tokenizer, in two ways: one count is never too low, to charge by, and one is
 * never too high, to cut off by. The second depends on how many words a token may have: see `wordsPerTokenMax`. Pure.
 */

/** Fields of a delta that are no output: the names of things. */
const notOutput = new Set(['role', 'id', 'type']);
/**
 * Only a model writes what stands under these names. Elsewhere there may be the words of others, such as pages that a
 * search found: these count toward the count that is never too low, and not toward the one that is never too high.
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
/**
 * Reasoning. Some servers send the same words under several of these names. Where one of them is called a summary, all
 * are taken for one: another model wrote it, and it may be longer than what it sums up.
 */
const reasoned = new Set(['reasoning', 'reasoning_content', 'reasoning_details']);
/** No honest stream has so many. A count that ignores the rest is still not too high. */
const pathsMax = 1024;
/** The group of all words that are not reasoning. */
const answer = '';

export class OutputCount {
  readonly #wordsPerToken: number;
  #bytes = 0;
  #strings = 0;
  #hasWritten = false;
  #words = 0;
  /** Reasoning words by the name that they stand under. */
  readonly #reasoningWords = new Map<string, number>();
  #mostReasoningWords = 0;
  /** The words of each part of the answer, by its path. */
  readonly #texts = new Map<string, Words>();
  /** What the provider reported last, and all that had come by then. */
  #reported = 0;
  #allAtReport = 0;

  constructor(wordsPerToken: number) {
    this.#wordsPerToken = wordsPerToken;
  }

  /** At most one token for each byte of text, and one that has no text for each string. */
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

  /** As `least`, but from the words alone that have come: it tells whether a report can be true. */
  get seen(): number {
    const words = this.#words + this.#mostReasoningWords;
    // Any text, however short, is at least one token.
    return Math.max(this.#hasWritten ? 1 : 0, Math.ceil(words / this.#wordsPerToken));
  }

  /** Counts everything that a choice adds to the answer, whatever it is called. */
  add(choice: number, delta: unknown): void {
    const path = String(choice);
    if (typeof delta !== 'object' || delta === null) return this.#walk(delta, path, answer);
    const isSummary = hasSummary(delta);
    for (const [name, part] of Object.entries(delta)) {
      const group = written.has(name) ? answer : reasoned.has(name) && !isSummary ? name : undefined;
      if (!notOutput.has(name)) this.#walk(part, `${path}.${name}`, group);
    }
  }

  /** As `add`, for a delta with nothing but content. */
  addContent(choice: number, content: string): void {
    if (content !== '') this.#addText(content, `${choice}.content`, answer);
  }

  /**
   * Takes in what the provider says that it has generated so far. Answers false if that can't be true, because more has
   * come already.
   */
  report(outputTokens: number): boolean {
    if (outputTokens < this.seen) return false;
    // A report that is no larger than the last says nothing of what has come since.
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
    this.#bytes += utf8Bytes(text);
    if (group === undefined) return;
    this.#hasWritten = true;
    const added = this.#addWords(text, path);
    if (group === answer) {
      this.#words += added;
      return;
    }
    const reasoningWords = (this.#reasoningWords.get(group) ?? 0) + added;
    this.#reasoningWords.set(group, reasoningWords);
    this.#mostReasoningWords = Math.max(this.#mostReasoningWords, reasoningWords);
  }

  /** Answers how many words begin in the text. */
  #addWords(text: string, path: string): number {
    let words = this.#texts.get(path);
    if (words === undefined) {
      if (this.#texts.size >= pathsMax) return 0;
      words = new Words();
      this.#texts.set(path, words);
    }
    const before = words.count;
    words.add(text);
    return words.count - before;
  }
}

/** Never too few: it counts six bytes for a surrogate pair, which takes four. */
function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
  }
  return bytes;
}

/** OpenRouter says what kind of reasoning it sends. */
function hasSummary(delta: object): boolean {
  const details: unknown = 'reasoning_details' in delta ? delta.reasoning_details : undefined;
  return Array.isArray(details) && details.some((detail) => asRecord(detail)?.['type'] === 'reasoning.summary');
}

/** An item of a list says by its index which part it continues. */
function indexOf(item: unknown, position: number): number {
  const index: unknown = typeof item === 'object' && item !== null && 'index' in item ? item.index : undefined;
  return typeof index === 'number' ? index : position;
}
