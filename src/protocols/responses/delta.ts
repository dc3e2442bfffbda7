import { type JsonRecord, asCount, asText } from '../json/json-value.ts';

/**
 * The events that add a piece of text differ in little but that text and their number, and there are hundreds of them.
 * Once one is known, whether another is the same but for those can be told without parsing it, and as surely: what
 * stands between two quotes without a backslash is one string, whatever it says. As `ChunkTemplate` does for chunks of
 * chat completions.
 */
export class DeltaTemplate {
  /** The item, and its part, that the events add to. */
  readonly outputIndex: number;
  readonly contentIndex: number;
  /** What stands before, between and after the holes. */
  readonly #fixed: readonly string[];
  readonly #holes: readonly HoleKind[];

  private constructor(places: Places, fixed: readonly string[], holes: readonly HoleKind[]) {
    this.outputIndex = places.outputIndex;
    this.contentIndex = places.contentIndex;
    this.#fixed = fixed;
    this.#holes = holes;
  }

  /** Undefined where the event does more than to add text, or where its text takes parsing to know. */
  static of(data: string, event: JsonRecord): DeltaTemplate | undefined {
    const delta = asText(event['delta']);
    const sequence = asCount(event['sequence_number']);
    const outputIndex = asCount(event['output_index']);
    const contentIndex = asCount(event['content_index']);
    if (event['type'] !== textDelta || delta === undefined || delta === '') return undefined;
    if (sequence === undefined || outputIndex === undefined || contentIndex === undefined) return undefined;
    const { obfuscation } = event;
    const found = [
      findText(data, 'delta', delta),
      findNumber(data, 'sequence_number', sequence),
      ...(typeof obfuscation === 'string' ? [findText(data, 'obfuscation', obfuscation, 'noise')] : []),
    ];
    const holes = found.flatMap((hole) => hole ?? []).toSorted((one, other) => one.start - other.start);
    if (holes.length !== found.length) return undefined;
    const starts = [0, ...holes.map(({ end }) => end)];
    const fixed = starts.map((start, index) => data.slice(start, holes[index]?.start ?? data.length));
    // That they stand where they were found is made sure of by putting something else there.
    const probed = holes.map(({ kind }, index) => (fixed[index] ?? '') + probes[kind]).join('') + (fixed.at(-1) ?? '');
    const expected = {
      ...event,
      delta: probes.text,
      sequence_number: Number(probes.number),
      ...(typeof obfuscation === 'string' ? { obfuscation: probes.noise } : {}),
    };
    if (!isSame(probed, expected)) return undefined;
    return new DeltaTemplate(
      { outputIndex, contentIndex },
      fixed,
      holes.map(({ kind }) => kind),
    );
  }

  /** The text that an event adds, and its number; undefined where it takes parsing to know. */
  read(data: string): Delta | undefined {
    let text = '';
    let sequence = 0;
    let at = 0;
    for (const [index, kind] of this.#holes.entries()) {
      const before = this.#fixed[index] ?? '';
      if (data.slice(at, at + before.length) !== before) return undefined;
      const start = at + before.length;
      at = kind === 'number' ? endOfNumber(data, start) : data.indexOf('"', start);
      if (at < start) return undefined;
      const filling = data.slice(start, at);
      if (kind === 'number') sequence = Number(filling);
      else if (escapeOrControl.test(filling)) return undefined;
      else if (kind === 'text') text = filling;
    }
    const last = this.#fixed[this.#holes.length] ?? '';
    if (data.length !== at + last.length || data.slice(at) !== last) return undefined;
    return { text, sequence };
  }
}

export interface Delta {
  readonly text: string;
  readonly sequence: number;
}

export const textDelta = 'response.output_text.delta';

type HoleKind = 'text' | 'noise' | 'number';

interface Places {
  readonly outputIndex: number;
  readonly contentIndex: number;
}

interface Hole {
  readonly kind: HoleKind;
  readonly start: number;
  readonly end: number;
}

const probes: Readonly<Record<HoleKind, string>> = { text: 'weir', noise: 'river', number: '7340033' };

/** Where between its quotes a text stands that needs no escapes. */
function findText(data: string, name: string, text: string, kind: HoleKind = 'text'): Hole | undefined {
  const match = new RegExp(`"${name}": ?"`).exec(data);
  if (match === null) return undefined;
  const start = match.index + match[0].length;
  const end = start + text.length;
  return data.startsWith(text, start) && data[end] === '"' ? { kind, start, end } : undefined;
}

function findNumber(data: string, name: string, value: number): Hole | undefined {
  const match = new RegExp(`"${name}": ?(?=${value}[,}\\s])`).exec(data);
  if (match === null) return undefined;
  const start = match.index + match[0].length;
  return { kind: 'number', start, end: start + String(value).length };
}

/** -1 where there is none that JSON allows, or that is known to be exact. */
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

function isSame(json: string, expected: JsonRecord): boolean {
  try {
    return JSON.stringify(JSON.parse(json)) === JSON.stringify(expected);
  } catch {
    return false;
  }
}

const escapeOrControl = /[\\\p{Cc}]/u;
