import type { InputKind } from '../catalog/schema.ts';
import type { JsonRecord } from './json/json-value.ts';
import type { ParameterEffect } from './parameter-effect.ts';
import type { ProtocolCall } from './protocol-call.ts';

/** A part of a body whose price is unknown. */
export interface Unknown {
  /** Its name in a provider's list of neutral parameters: `top_k`, `messages.name`. */
  readonly name: string;
  /** Its place in the body: `messages[3].name`. */
  readonly param: string;
}

export type MediaKind = Exclude<InputKind, 'text'>;

interface Media {
  readonly count: number;
  /** Where the first of them is. */
  readonly param: string;
  /** How many bytes of the text are no text for the model, but say what to put in. */
  readonly sourceBytes: number;
}

/** What a call puts in, as far as its price depends on it. */
export interface Prompt {
  /** The bytes of all text that can be in the prompt, however a server writes it: at least as many as its tokens. */
  readonly textBytes: number;
  readonly usesTools: boolean;
  /** The media that are put in beside text, by kind. */
  readonly media: ReadonlyMap<MediaKind, Media>;
  /** In the order of the body, each name once. */
  readonly unknown: readonly Unknown[];
}

/** The space between two values where a server lays out its JSON: a new line, and its indentation. */
const spacePerNode = 2;
/** The most bytes that an escape adds per byte beyond the first of a character: `\u00e9` stands for two bytes. */
const escapedPerByteBeyond = 5;

/**
 * Most servers write out a number with an exponent, such as `1e20`, up to 1e21. It gets at most so many more digits.
 */
const digitsBeyond = 20;
const withExponent = /[[:,\s]-?\d[\d.]*[eE]/g;

/** The most bytes that a piece of JSON takes when a server writes it anew. */
export function renderedBytes(json: string, nodes: number, isAscii: boolean): number {
  const beyond = isAscii ? 0 : encoder.encode(json).length - json.length;
  const exponents = json.match(withExponent)?.length ?? 0;
  return json.length + nodes * spacePerNode + beyond * escapedPerByteBeyond + exponents * digitsBeyond;
}

const encoder = new TextEncoder();

/** Collects what a request puts in, beginning with the fields of its body. */
export class PromptFindings {
  textBytes: number;
  readonly #media = new Map<MediaKind, Media>();
  readonly #unknown = new Map<string, Unknown>();

  constructor(
    { object, text, body }: Pick<ProtocolCall, 'object' | 'text' | 'body'>,
    parameters: ReadonlyMap<string, ParameterEffect>,
  ) {
    // All bytes of a character beyond its first are counted, wherever in the body they are.
    const bytesBeyond = body.length - text.length;
    this.textBytes = bytesBeyond;
    for (const { name, valueStart, valueEnd, nodes } of object.members) {
      const effect = parameters.get(name);
      if (effect === 'prompt') this.textBytes += valueEnd - valueStart;
      if (effect === 'rendered') {
        this.textBytes += renderedBytes(text.slice(valueStart, valueEnd), nodes, bytesBeyond === 0);
      }
      if (effect === undefined) this.note(name, name);
    }
  }

  note(name: string, param: string): void {
    if (!this.#unknown.has(name)) this.#unknown.set(name, { name, param });
  }

  /** Notes the fields that are set but not known. */
  noteOthers(fields: JsonRecord, known: ReadonlySet<string>, name: string, param: string): void {
    for (const field in fields) {
      if (!known.has(field) && fields[field] !== null) this.note(`${name}.${field}`, `${param}.${field}`);
    }
  }

  /** A name that V8 misreads, because it has an escape, always has a backslash in it. See `readObject`. */
  noteMisreadable(fields: object, name: string, param: string): void {
    for (const field in fields) {
      if (field.includes('\\')) this.note(`${name}.${field}`, `${param}.${field}`);
    }
  }

  addMedia(kind: MediaKind, param: string, bytes: number): void {
    const known = this.#media.get(kind);
    this.#media.set(kind, {
      count: (known?.count ?? 0) + 1,
      param: known?.param ?? param,
      sourceBytes: (known?.sourceBytes ?? 0) + bytes,
    });
  }

  prompt(usesTools: boolean): Prompt {
    return { textBytes: this.textBytes, usesTools, media: this.#media, unknown: [...this.#unknown.values()] };
  }
}
