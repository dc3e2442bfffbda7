/** The fakes share no code with Weir, not even this: the load test counts money by what they bill. */

export type Json = Readonly<Record<string, unknown>>;

export function asRecord(value: unknown): Json | undefined {
  // An object that is no array has names for its values.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The items of a list; an item that is no object becomes an empty one. */
export function recordsIn(value: unknown): readonly Json[] {
  return asList(value).map((item) => asRecord(item) ?? {});
}

/** Undefined where the text is no object of JSON. */
export function parseRecord(text: string): Json | undefined {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return undefined;
  }
}
