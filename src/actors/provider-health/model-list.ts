import * as v from 'valibot';

/** A page of the models that a provider lists, in OpenAI's shape or Anthropic's. */
const PageSchema = v.object({
  data: v.array(
    // Mistral lists the other names of a model as aliases.
    v.object({ id: v.string(), aliases: v.optional(v.fallback(v.array(v.string()), [])) }),
  ),
  has_more: v.optional(v.fallback(v.boolean(), false)),
  last_id: v.nullish(v.fallback(v.string(), '')),
});

interface ModelPage {
  readonly names: readonly string[];
  /** Where the next page begins; undefined on the last one. */
  readonly after: string | undefined;
}

/** Undefined if the text is no list of models. */
export function readModelPage(text: string): ModelPage | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), PageSchema), text);
  if (!parsed.success) return undefined;
  const { data, has_more: hasMore, last_id: lastId } = parsed.output;
  const last = lastId === undefined || lastId === null || lastId === '' ? data.at(-1)?.id : lastId;
  const names = data.flatMap(({ id, aliases }) => [id, ...(aliases ?? [])]);
  return { names, after: hasMore === true ? last : undefined };
}

/** The path of a page of the list, after the base URL. */
export function modelPagePath(kind: 'openai' | 'anthropic', path: string, after: string | undefined): string {
  // Anthropic gives 20 a page unless asked for more. Others have one page, and may not know the parameter.
  const parameters = new URLSearchParams(kind === 'anthropic' ? { limit: '1000' } : {});
  if (after !== undefined) parameters.set('after_id', after);
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}

/** The end of a snapshot's name: a day, in full or in four digits, or `latest`. */
const snapshotSuffix = /(-\d{4}-\d{2}-\d{2}|[-@]\d{8}|-\d{4}|:latest)$/;
const prefix = /^models\//;

/**
 * The names that a provider does not list. Names are compared exactly, with two exceptions that providers make too. A
 * name stands for its snapshots: if `gpt-5-2025-08-07` is listed, so is `gpt-5`, but not the other way round. And
 * `models/`, which Gemini puts before each name, does not matter.
 */
export function missingFrom(listed: Iterable<string>, sought: readonly string[]): string[] {
  const known = new Set<string>();
  for (const each of listed) {
    const name = each.replace(prefix, '');
    known.add(name).add(name.replace(snapshotSuffix, ''));
  }
  return sought.filter((name) => !known.has(name.replace(prefix, '')));
}
