import { type JsonRecord, asCount, asList, asRecord } from './json/json-value.ts';

/*
 * Where providers say how many searches of the web they ran, which are charged each:
 * - Anthropic: `server_tool_use` in the usage; OpenRouter, under that name or another
 * - xAI: `server_side_tool_usage_details` in the usage; in older notes, as of 2026-07, `server_side_tool_usage` by the
 *   names of its protocol, in the usage or beside it. A search of X, or for images, costs what one of the web does:
 *   https://docs.x.ai/developers/pricing.md. Sources are what its searches of before 2026-07 were charged by
 * - OpenAI: an item of the output for each, of which those that only open a page or look into it are not charged:
 *   https://developers.openai.com/api/docs/guides/tools-web-search
 * - Z.ai: what it found is a list in the answer; how often it searched for that, nobody says. Unverified, 2026-11-29.
 */

const counters: readonly (readonly [record: string, names: readonly string[]])[] = [
  ['server_tool_use', ['web_search_requests']],
  ['server_tool_use_details', ['web_search_requests']],
  ['server_side_tool_usage_details', ['web_search_calls', 'x_search_calls', 'image_search_calls']],
  [
    'server_side_tool_usage',
    ['SERVER_SIDE_TOOL_WEB_SEARCH', 'SERVER_SIDE_TOOL_X_SEARCH', 'SERVER_SIDE_TOOL_IMAGE_SEARCH'],
  ],
];

/** How many searches a usage, or an answer, counts; undefined where it has no count, not even zero. */
export function searchesCounted(said: JsonRecord): number | undefined {
  const counts = counters.flatMap(([record, names]) => {
    const counted = names.flatMap((name) => asCount(asRecord(said[record])?.[name]) ?? []);
    return counted.length === 0 ? [] : counted.reduce((sum, count) => sum + count, 0);
  });
  if (counts.length > 0) return Math.max(...counts);
  const sources = asCount(said['num_sources_used']) ?? 0;
  return sources > 0 ? sources : undefined;
}

const lookingOnly: ReadonlySet<unknown> = new Set(['open_page', 'find_in_page', 'find']);

/** How many items in the output of a response are searches. */
export function searchItemsIn(output: readonly unknown[]): number {
  return output.filter((value) => {
    const item = asRecord(value);
    return item?.['type'] === 'web_search_call' && !lookingOnly.has(asRecord(item['action'])?.['type']);
  }).length;
}

/** How many blocks of a message are searches that its provider ran. */
export function searchBlocksIn(content: readonly unknown[]): number {
  return content.filter((value) => isSearchBlock(asRecord(value))).length;
}

export function isSearchBlock(block: JsonRecord | undefined): boolean {
  return block?.['type'] === 'server_tool_use' && block['name'] === 'web_search';
}

/** Whether an answer lists at its top what a search found. */
export function hasSearchResults(answer: JsonRecord): boolean {
  return asList(answer['web_search']).length > 0;
}
