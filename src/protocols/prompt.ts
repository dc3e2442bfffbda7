import type { InputKind } from '../catalog/schema.ts';

/** Something in a body about whose price nothing is known. */
export interface Unknown {
  /** What it is called in a provider's list of neutral parameters: `top_k`, `messages.name`. */
  readonly name: string;
  /** Where it is: `messages[3].name`. */
  readonly param: string;
}

export type MediaKind = Exclude<InputKind, 'text'>;

export interface Media {
  readonly count: number;
  /** Where the first of them is. */
  readonly param: string;
  /** How many of the bytes of the text are not text at all, but say what is to be put in. */
  readonly sourceBytes: number;
}

/** What a call puts in, as far as its price is concerned. */
export interface Prompt {
  /** Of all text that can be in the prompt, however it is written there: at least as many as its tokens. */
  readonly textBytes: number;
  readonly usesTools: boolean;
  /** What is put in beside text, by kind. */
  readonly media: ReadonlyMap<MediaKind, Media>;
  /** In the order of the body, each name once. */
  readonly unknown: readonly Unknown[];
}

/** What stands between two values where a server likes its JSON laid out: a new line, and its indentation. */
const spacePerNode = 2;
/** The most that escapes make of a character, in proportion: `\u00e9` of two bytes, one beyond the first. */
const escapedPerByteBeyond = 5;

/** Of a number with an exponent, as `1e20`, most servers write all digits, up to 1e21. So many more at most. */
const digitsBeyond = 20;
const withExponent = /[[:,\s]-?\d[\d.]*[eE]/g;

/** The most that a piece of JSON becomes when a server writes it anew. */
export function renderedBytes(json: string, nodes: number, isAscii: boolean): number {
  const beyond = isAscii ? 0 : encoder.encode(json).length - json.length;
  const exponents = json.match(withExponent)?.length ?? 0;
  return json.length + nodes * spacePerNode + beyond * escapedPerByteBeyond + exponents * digitsBeyond;
}

const encoder = new TextEncoder();
