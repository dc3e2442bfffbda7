import { endOfString } from './json-scan.ts';
import { type JsonRecord, asCount, asText, parseJson } from './json-value.ts';

/** The text that an event adds to an answer. */
export interface AddedText<Place> {
  /** The part of the answer that it is added to. */
  readonly place: Place;
  /** The field of the event that holds it. */
  readonly name: string;
  readonly text: string;
  /** The same event with another text. */
  readonly withText: (text: string) => JsonRecord;
}

/**
 * Reads the text of an event without parsing it. A stream has hundreds of events that add text, and they differ in
 * little but that text. A template is learned from one of them. It tells whether another is the same but for its text,
 * and is as sure as a parser: what stands between two quotes is one string, whatever it says. Two more values may
 * differ: the number of the event, and a text by which OpenAI hides how long the answer's text is.
 */
export class TextTemplate<Place> {
  readonly place: Place;
  /** The number of the event that matched last; 0 where events have none. */
  sequence = 0;
  readonly #holes: readonly { readonly before: string; readonly kind: HoleKind }[];
  readonly #after: string;

  private constructor(place: Place, kinds: readonly HoleKind[], fixed: readonly string[]) {
    this.place = place;
    this.#holes = kinds.map((kind, index) => ({ before: fixed[index] ?? '', kind }));
    this.#after = fixed.at(-1) ?? '';
  }

  /** Undefined where the values that may differ can't be found in the event by their looks. */
  static of<Place>(
    data: string,
    event: JsonRecord,
    { place, name, text, withText }: AddedText<Place>,
  ): TextTemplate<Place> | undefined {
    const sequence = asCount(event['sequence_number']);
    const noise = asText(event['obfuscation']);
    const found = [
      findText(data, name, text, 'text'),
      ...(sequence === undefined ? [] : [findNumber(data, 'sequence_number', sequence)]),
      ...(noise === undefined ? [] : [findText(data, 'obfuscation', noise, 'noise')]),
    ];
    const holes = found.flatMap((hole) => hole ?? []).toSorted((one, other) => one.start - other.start);
    if (holes.length !== found.length) return undefined;
    const starts = [0, ...holes.map(({ end }) => end)];
    const fixed = starts.map((start, index) => data.slice(start, holes[index]?.start ?? data.length));
    const kinds = holes.map(({ kind }) => kind);
    // To check the places, other values are put there and the whole is parsed.
    const probed = fixed
      .map((part, index) => (index === 0 ? part : probes[kinds[index - 1] ?? 'text'] + part))
      .join('');
    const expected = {
      ...withText(probes.text),
      ...(sequence === undefined ? {} : { sequence_number: Number(probes.number) }),
      ...(noise === undefined ? {} : { obfuscation: probes.noise }),
    };
    if (JSON.stringify(parseJson(probed)) !== JSON.stringify(expected)) return undefined;
    return new TextTemplate(place, kinds, fixed);
  }

  /** Undefined where the event differs in more than those values, or takes parsing to know. */
  textIn(data: string): string | undefined {
    let text: string | undefined;
    let at = 0;
    for (const { before, kind } of this.#holes) {
      const start = at + before.length;
      // What `startsWith` answers, in half the time.
      if (data.slice(at, start) !== before) return undefined;
      at = kind === 'number' ? endOfNumber(data, start) : data.indexOf('"', start);
      if (kind === 'text' && at > start && data.charCodeAt(at - 1) === backslash) at = endOfString(data, start - 1) - 1;
      if (at < start) return undefined;
      const filling = data.slice(start, at);
      if (kind === 'text') text = textBetweenQuotes(filling);
      else if (kind === 'number') this.sequence = Number(filling);
      else if (hasSyntax.test(filling)) return undefined;
    }
    return data.length === at + this.#after.length && data.slice(at) === this.#after ? text : undefined;
  }
}

const backslash = 0x5c;

type HoleKind = 'text' | 'noise' | 'number';

interface Hole {
  readonly kind: HoleKind;
  readonly start: number;
  readonly end: number;
}

const probes: Readonly<Record<HoleKind, string>> = { text: 'weir', noise: 'river', number: '7340033' };

function findText(data: string, name: string, text: string, kind: HoleKind): Hole | undefined {
  const match = new RegExp(`"${name}": ?(?=")`).exec(data);
  if (match === null) return undefined;
  const json = JSON.stringify(text);
  const start = match.index + match[0].length;
  return data.startsWith(json, start) ? { kind, start: start + 1, end: start + json.length - 1 } : undefined;
}

function findNumber(data: string, name: string, value: number): Hole | undefined {
  const match = new RegExp(`"${name}": ?(?=${value}[,}\\s])`).exec(data);
  if (match === null) return undefined;
  const start = match.index + match[0].length;
  return { kind: 'number', start, end: start + String(value).length };
}

/** What stands between the quotes of a string; undefined where that is no string. */
function textBetweenQuotes(json: string): string | undefined {
  return hasSyntax.test(json) ? asText(parseJson(`"${json}"`)) : json;
}

/** What ends a string, begins an escape, or may not stand in one. */
const hasSyntax = /["\\\p{Cc}]/u;

/** -1 if no number of JSON is there, or one of more digits than are exact. */
function endOfNumber(data: string, start: number): number {
  let end = start;
  while (end - start < digitsMax && isDigit(data.charCodeAt(end))) end += 1;
  const hasLeadingZero = end - start > 1 && data[start] === '0';
  return end === start || hasLeadingZero ? -1 : end;
}

const digitsMax = 9;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
