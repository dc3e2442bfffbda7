import { bodyDepthMax, bodyFieldsMax, bodyNodesMax } from '../../limits.ts';

/** A member of an object, as a place in the text. `nameStart` is the opening quote of its name. */
interface MemberSpan {
  readonly name: string;
  readonly nameStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  /** At least as many as the values in it, with itself. */
  readonly nodes: number;
}

export interface ScannedObject {
  /** The first character after the opening brace. */
  readonly bodyStart: number;
  readonly members: readonly MemberSpan[];
  /** How many members all objects in the text have together. A parser that drops duplicates finds fewer. */
  readonly memberCount: number;
}

type Scan =
  | { readonly kind: 'object'; readonly object: ScannedObject }
  /** Two members of the outermost object have one name. Parsers differ on which of them counts. */
  | { readonly kind: 'duplicate'; readonly name: string }
  | { readonly kind: 'too-deep' }
  | { readonly kind: 'too-many-nodes' }
  | { readonly kind: 'too-many-fields' }
  | { readonly kind: 'not-an-object' }
  /** JSON.parse says what is wrong. It finds more faults: the scan looks only at what it needs. */
  | { readonly kind: 'malformed' };

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Names and other short strings are walked through. Longer ones are searched, which is faster from about here. */
const walkChars = 12;

interface Tally {
  /** At least as many as there are values: all commas and brackets, and one. */
  nodes: number;
  members: number;
  readonly depthMax: number;
}

/**
 * Finds the members of the outermost object in one pass and without recursion, before the text is parsed. So a body
 * that is too deep or too large is never built, and a member can be changed while the rest stays as it was sent. The
 * text need not be valid JSON: use the spans only if JSON.parse accepts it.
 */
export function scanObject(text: string, depthMax = bodyDepthMax): Scan {
  const open = skipSpace(text, 0);
  if (text.charCodeAt(open) !== openBrace) return { kind: 'not-an-object' };
  const tally = { nodes: 1, members: 0, depthMax };
  const members: MemberSpan[] = [];
  const names = new Set<string>();
  let at = skipSpace(text, open + 1);
  while (text.charCodeAt(at) === quote) {
    const nameEnd = endOfString(text, at);
    const colonAt = skipSpace(text, nameEnd);
    const name = decodeString(text, at, nameEnd);
    if (name === undefined || text.charCodeAt(colonAt) !== colon) return { kind: 'malformed' };
    if (names.has(name)) return { kind: 'duplicate', name };
    if (names.size === bodyFieldsMax) return { kind: 'too-many-fields' };
    names.add(name);
    const nodesBefore = tally.nodes;
    tally.members += 1;
    tally.nodes += 1;
    const valueStart = skipSpace(text, colonAt + 1);
    const valueEnd = endOfValue(text, valueStart, tally);
    if (typeof valueEnd !== 'number') return valueEnd;
    if (tally.nodes > bodyNodesMax) return { kind: 'too-many-nodes' };
    members.push({ name, nameStart: at, valueStart, valueEnd, nodes: tally.nodes - nodesBefore });
    at = skipSpace(text, valueEnd);
    if (text.charCodeAt(at) === comma) at = skipSpace(text, at + 1);
  }
  if (text.charCodeAt(at) !== closeBrace) return { kind: 'malformed' };
  return { kind: 'object', object: { bodyStart: open + 1, members, memberCount: tally.members } };
}

/** How many members the objects in a parsed value have together. Its depth is bounded, so this may recurse. */
export function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + countMembers(item), 0);
  const values: readonly unknown[] = Object.values(value);
  return values.reduce((sum: number, item) => sum + countMembers(item), values.length);
}

/** The end of a value of any kind. */
function endOfValue(text: string, start: number, tally: Tally): number | Scan {
  switch (text.charCodeAt(start)) {
    case quote:
      return endOfString(text, start);
    case openBrace:
    case openBracket:
      return endOfContainer(text, start, tally);
    default:
      return endOfScalar(text, start);
  }
}

function endOfContainer(text: string, start: number, tally: Tally): number | Scan {
  // The outermost object is the first level.
  let depth = 1;
  let { nodes, members } = tally;
  for (let at = start; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at) - 1;
        break;
      case comma:
        nodes += 1;
        break;
      case colon:
        members += 1;
        break;
      case openBrace:
      case openBracket:
        depth += 1;
        nodes += 1;
        if (depth > tally.depthMax) return { kind: 'too-deep' };
        if (nodes > bodyNodesMax) return { kind: 'too-many-nodes' };
        break;
      case closeBrace:
      case closeBracket:
        depth -= 1;
        if (depth > 1) break;
        tally.nodes = nodes;
        tally.members = members;
        return nodes > bodyNodesMax ? { kind: 'too-many-nodes' } : at + 1;
    }
  }
  return { kind: 'malformed' };
}

/** The end of the string that starts at `start`, past its closing quote; the end of the text if there is none. */
export function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (const walkEnd = at + walkChars; at < walkEnd; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) return at + 1;
    if (code === backslash) break;
  }
  for (;;) {
    const found = text.indexOf('"', at);
    if (found < 0) return text.length;
    if (isUnescaped(text, found)) return found + 1;
    at = found + 1;
  }
}

/** Whether an even number of backslashes precedes the quote at `at`, which is in a string or at its end. */
function isUnescaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === backslash) before -= 1;
  return (at - before) % 2 === 1;
}

/** A number, true, false or null ends at the comma or brace that follows, or at the space before it. */
function endOfScalar(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === comma || code === closeBrace || isSpace(code)) return at;
    at += 1;
  }
  return at;
}

function decodeString(text: string, start: number, end: number): string | undefined {
  const literal = text.slice(start, end);
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    const decoded: unknown = JSON.parse(literal);
    return typeof decoded === 'string' ? decoded : undefined;
  } catch {
    return undefined;
  }
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
