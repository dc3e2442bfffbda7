import * as v from 'valibot';

/** A page of the models that a provider lists, in OpenAI's shape or Anthropic's. */
const PageSchema = v.object({
  data: v.array(
    // Mistral's models have their other names beside them.
    v.object({ id: v.string(), aliases: v.optional(v.fallback(v.array(v.string()), [])) }),
  ),
  has_more: v.optional(v.fallback(v.boolean(), false)),
  last_id: v.nullish(v.fallback(v.string(), '')),
});

export interface ModelPage {
  readonly names: readonly string[];
  /** What the next page follows; undefined on the last one. */
  readonly after: string | undefined;
}

/** Undefined where it is no list of models. */
export function readModelPage(text: string): ModelPage | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), PageSchema), text);
  if (!parsed.success) return undefined;
  const { data, has_more: hasMore, last_id: lastId } = parsed.output;
  const last = lastId === undefined || lastId === null || lastId === '' ? data.at(-1)?.id : lastId;
  const names = data.flatMap(({ id, aliases }) => [id, ...(aliases ?? [])]);
  return { names, after: hasMore === true ? last : undefined };
}

/** Where a page of the list is, from the base URL on. */
export function modelPagePath(kind: 'openai' | 'anthropic', path: string, after: string | undefined): string {
  // Anthropic gives 20 a page unless it is asked for more. Others have one page, and may not know the parameter.
  const parameters = new URLSearchParams(kind === 'anthropic' ? { limit: '1000' } : {});
  if (after !== undefined) parameters.set('after_id', after);
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}

/** A snapshot of a model: of a day, written in full or in four digits, or the latest. */
const snapshotSuffix = /(-\d{4}-\d{2}-\d{2}|[-@]\d{8}|-\d{4}|:latest)$/;
const prefix = /^models\//;

/**
 * The names that a provider does not list. Names are compared exactly, but for two things that providers themselves
 * don't mind: a name stands for its snapshots, so that `gpt-5` is listed where `gpt-5-2025-08-07` is (and not the
 * other way round), and `models/`, which Gemini's list has before each name, may be there or not.
 */
export function missingFrom(listed: Iterable<string>, sought: readonly string[]): string[] {
  const known = new Set<string>();
  for (const each of listed) {
    const name = each.replace(prefix, '');
    known.add(name).add(name.replace(snapshotSuffix, ''));
  }
  return sought.filter((name) => !known.has(name.replace(prefix, '')));
}
