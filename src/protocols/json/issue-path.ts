import type * as v from 'valibot';

/** What is wrong with a part of a request that no schema looks at, and where. */
export interface RequestFault {
  readonly keys: readonly (string | number)[];
  readonly message: string;
}

/** The place of a fault, in the words of valibot; undefined for the whole. */
export function issuePath(keys: RequestFault['keys']): [v.UnknownPathItem, ...v.UnknownPathItem[]] | undefined {
  const [first, ...rest] = keys.map(
    (key) => ({ type: 'unknown', origin: 'value', input: null, key, value: null }) as const,
  );
  return first === undefined ? undefined : [first, ...rest];
}
