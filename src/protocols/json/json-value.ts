import { reportedTokensMax } from '../../limits.ts';

/** Reads values that somebody else wrote and that may be anything. */

export type JsonRecord = Readonly<Record<string, unknown>>;

export function asRecord(value: unknown): JsonRecord | undefined {
  // Any object that is not an array has names for its values.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : undefined;
}

/** The items of a list; none where it is no list. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The objects among the items of a list; none where it is no list. */
export function recordsIn(value: unknown): readonly JsonRecord[] {
  return asList(value)
    .map(asRecord)
    .filter((each) => each !== undefined);
}

export function isSet<Value>(value: Value): value is NonNullable<Value> {
  return value !== undefined && value !== null;
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A count of tokens that can be true. */
export function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= reportedTokensMax
    ? value
    : undefined;
}

export function firstCount(...values: readonly unknown[]): number {
  for (const value of values) {
    const count = asCount(value);
    if (count !== undefined) return count;
  }
  return 0;
}

/** Undefined where the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
