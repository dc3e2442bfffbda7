/** A part of a WHERE clause with its values. Undefined where nothing is asked for. */
export type Condition = readonly [sql: string, ...bindings: (string | number)[]] | undefined;

/** All of them together. */
export function allOf(conditions: readonly Condition[]): {
  readonly sql: string;
  readonly bindings: (string | number)[];
} {
  const asked = conditions.filter((condition) => condition !== undefined);
  return { sql: asked.map(([sql]) => sql).join(' AND '), bindings: asked.flatMap(([, ...bindings]) => bindings) };
}

/** A condition on a value, if there is one. */
export function where(sql: string, value: string | undefined): Condition {
  return value === undefined ? undefined : [sql, value];
}

/** Text by which two spellings of a name or an address are compared. */
export function comparable(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
