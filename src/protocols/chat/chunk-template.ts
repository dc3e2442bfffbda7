import { endOfText, textBetweenQuotes } from '../json/json-text.ts';
import { asRecord } from '../json/json-value.ts';

/**
 * The chunks of an answer differ in little but the text that each adds, and there are hundreds of them. Once one is
 * known, whether another is the same but for that text can be told without parsing it, and as surely: what stands
 * between two quotes is one string, whatever it says.
 */
export class ChunkTemplate {
  /** The choice that the chunks add to. */
  readonly choice: number;
  readonly #before: string;
  /** Up to a text that OpenAI puts in to hide how long the answer's is; undefined where there is none. */
  readonly #between: string | undefined;
  readonly #after: string;

  private constructor(choice: number, before: string, between: string | undefined, after: string) {
    this.choice = choice;
    this.#before = before;
    this.#between = between;
    this.#after = after;
  }

  /** Undefined where the chunk does more than to add text to the content of one choice. */
  static of(data: string, chunk: Readonly<Record<string, unknown>>): ChunkTemplate | undefined {
    const added = addedContent(chunk);
    if (added === undefined) return undefined;
    const content = findText(data, 'content', added.content);
    if (content === undefined) return undefined;
    const { obfuscation } = chunk;
    const hidden = typeof obfuscation === 'string' ? findText(data, 'obfuscation', obfuscation) : undefined;
    if (hidden !== undefined && hidden.start < content.end) return undefined;
    const before = data.slice(0, content.start);
    const between = hidden === undefined ? undefined : data.slice(content.end, hidden.start);
    const after = data.slice(hidden?.end ?? content.end);
    // That they stand where they were found is made sure of by putting something else there.
    const other: unknown = JSON.parse(`${before}${probe}${between === undefined ? '' : between + probe}${after}`);
    const expected = {
      ...chunk,
      choices: [{ ...added.choice, delta: { ...added.delta, content: probe } }],
      ...(between === undefined ? {} : { obfuscation: probe }),
    };
    if (JSON.stringify(other) !== JSON.stringify(expected)) return undefined;
    return new ChunkTemplate(added.index, before, between, after);
  }

  /** The text that a chunk adds; undefined where it is not the same chunk but for that, or it takes parsing to know. */
  textIn(data: string): string | undefined {
    if (!isAt(data, 0, this.#before)) return undefined;
    const end = endOfText(data, this.#before.length);
    if (end < 0) return undefined;
    let last = end;
    if (this.#between !== undefined) {
      const start = end + this.#between.length;
      last = data.indexOf('"', start);
      if (last < 0) return undefined;
      if (!isAt(data, end, this.#between) || !isPlain(data.slice(start, last))) return undefined;
    }
    if (data.length !== last + this.#after.length || !isAt(data, last, this.#after)) return undefined;
    return textBetweenQuotes(data.slice(this.#before.length, end));
  }
}

const probe = 'weir';

function addedContent(chunk: Readonly<Record<string, unknown>>) {
  const choices: unknown = chunk['choices'];
  if (!Array.isArray(choices) || choices.length !== 1) return undefined;
  const choice = asRecord(choices[0]);
  const delta = asRecord(choice?.['delta']);
  if (choice === undefined || delta === undefined) return undefined;
  const { index = 0, finish_reason: reason = null } = choice;
  const { content, ...others } = delta;
  if (typeof index !== 'number' || reason !== null || typeof content !== 'string' || content === '') return undefined;
  const isAlone = Object.entries(others).every(([name, value]) => value === null || name === 'role');
  return isAlone ? { index, content, choice, delta } : undefined;
}

/** Where between its quotes a text stands that needs no escapes. */
function findText(data: string, name: string, text: string) {
  const match = new RegExp(`"${name}": ?"`).exec(data);
  if (match === null) return undefined;
  const start = match.index + match[0].length;
  const end = start + text.length;
  return data.startsWith(text, start) && data[end] === '"' ? { start, end } : undefined;
}

/** What `startsWith` answers, in half the time. */
function isAt(data: string, start: number, part: string): boolean {
  return data.slice(start, start + part.length) === part;
}

const escapeOrControl = /[\\\p{Cc}]/u;

function isPlain(text: string): boolean {
  return !escapeOrControl.test(text);
}
