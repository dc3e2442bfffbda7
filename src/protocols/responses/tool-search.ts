import { type JsonRecord, asList, asRecord, asText } from '../json/json-value.ts';

/**
 * A search for tools, which spares a model the definitions of those that it doesn't need. A client's own is called as a
 * function is, and answered with the tools that were found. A server's needs no words where all tools are told at once.
 */
export const toolSearch = 'tool_search';

/** Of a tool, and of the items that come of one. */
export function isRunByClient({ execution }: JsonRecord): boolean {
  return execution === 'client';
}

/** What a model that called the search is told: of the tools themselves it is told where all others stand. */
export function searchAnswer(item: JsonRecord): string {
  const names = asList(item['tools']).flatMap((tool) => namesOf(asRecord(tool) ?? {}));
  return names.length === 0 ? 'No tools were found.' : `These tools can be called now: ${names.join(', ')}`;
}

function namesOf(tool: JsonRecord): readonly string[] {
  const name = asText(tool['name']) ?? String(tool['type']);
  if (tool['type'] !== 'namespace') return [name];
  return asList(tool['tools']).map((each) => `${name}.${asText(asRecord(each)?.['name']) ?? ''}`);
}
