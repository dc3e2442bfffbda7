import type { RecordPage } from './directory-protocol.ts';

/** A page from up to `limit + 1` rows: the last only shows that there are more. */
export function pageOf<Row extends { readonly seq: number }, T>(
  rows: readonly Row[],
  limit: number,
  recordOf: (row: Row) => T,
): RecordPage<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const records = shown.map(recordOf);
  return rows.length > limit && last !== undefined ? { records, next: last.seq } : { records };
}
