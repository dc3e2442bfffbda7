import * as v from 'valibot';
import { pageSizeDefault, pageSizeMax } from '../limits.ts';
import { parseInput } from './admin-input.ts';
import type { PageRequest, RecordPage } from '../actors/directory/directory-protocol.ts';

/** Which page of a list. Over HTTP both are text. */
export interface PageInput {
  readonly limit?: number | string;
  /** The `next` of the page before. */
  readonly after?: string;
}

/** A list in an answer. */
export function listOf<const Item extends v.GenericSchema>(item: Item) {
  return v.pipe(v.array(item), v.readonly());
}

/** A page of a list. `next` is the `after` of the next page. */
export function pageOf<const Item extends v.GenericSchema>(item: Item) {
  return v.strictObject({ data: listOf(item), hasMore: v.boolean(), next: v.nullable(v.string()) });
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly hasMore: boolean;
  readonly next: string | null;
}

const limitMessage = `must be a whole number from 1 to ${pageSizeMax}`;

const pageEntries = {
  limit: v.optional(
    v.pipe(
      v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number))], limitMessage),
      v.integer(limitMessage),
      v.minValue(1, limitMessage),
      v.maxValue(pageSizeMax, limitMessage),
    ),
    pageSizeDefault,
  ),
  after: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^c[1-9]\d{0,14}$/, 'must be the "next" of the page before'),
      v.transform((text) => Number(text.slice(1))),
    ),
  ),
};

/** A name that is no filter is refused: whoever mistypes one would take the whole list for what was asked for. */
export function parsePage(
  input: unknown = {},
  filters: v.StrictObjectSchema<v.ObjectEntries, undefined> = v.strictObject({}),
): PageRequest {
  const { limit, after, ...wanted } = parseInput(v.strictObject({ ...filters.entries, ...pageEntries }), input);
  return { ...wanted, limit, ...(after === undefined ? {} : { after }) };
}

export function pageView<Record, View>(page: RecordPage<Record>, view: (record: Record) => View): Page<View> {
  const next = page.next === undefined ? null : `c${page.next}`;
  return { data: page.records.map(view), hasMore: next !== null, next };
}
