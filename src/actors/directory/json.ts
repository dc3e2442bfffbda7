/** What JSON can say, as deep as types over RPC can follow: they accept neither `unknown` nor a recursive type. */
export type Json = string | number | boolean | null | object;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** The text must be JSON. */
export function parseJson(text: string): Json {
  // JSON.parse gives nothing else.
  return JSON.parse(text) as Json;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
