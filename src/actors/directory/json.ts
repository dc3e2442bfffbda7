/**
 * What JSON can say, as deep as types over RPC can follow: what a method answers must be known to be serialisable,
 * which neither `unknown` nor a type that contains itself is.
 */
export type Json = string | number | boolean | null | object;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** Of text that is known to be JSON. */
export function parseJson(text: string): Json {
  // Nothing else comes out of JSON.parse.
  return JSON.parse(text) as Json;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
