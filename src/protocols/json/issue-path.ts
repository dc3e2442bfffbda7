import type * as v from 'valibot';

/** A fault of a part of a request that no schema checks, and its place. */
export interface RequestFault {
  readonly keys: readonly (string | number)[];
  readonly message: string;
}

/** The place of a fault, as valibot writes it; undefined for the whole. */
export function issuePath(keys: RequestFault['keys']): [v.UnknownPathItem, ...v.UnknownPathItem[]] | undefined {
  const [first, ...rest] = keys.map(
    (key) => ({ type: 'unknown', origin: 'value', input: null, key, value: null }) as const,
  );
  return first === undefined ? undefined : [first, ...rest];
}
