import { type JsonRecord, asList, asRecord, asText } from '../json/json-value.ts';

/**
 * A search for tools, which spares a model the definitions of tools that it doesn't need. The model calls a client's
 * search as a function, and the client answers with the tools that it found. A server's search is left out, and the
 * model is told of all tools at once.
 */
export const toolSearch = 'tool_search';

/** For a search, its call or its output. */
export function isRunByClient({ execution }: JsonRecord): boolean {
  return execution === 'client';
}

/** The answer to a call of the search. It has names only: the tools themselves stand with all others. */
export function searchAnswer(item: JsonRecord): string {
  const names = asList(item['tools']).flatMap((tool) => namesOf(asRecord(tool) ?? {}));
  return names.length === 0 ? 'No tools were found.' : `These tools can be called now: ${names.join(', ')}`;
}

function namesOf(tool: JsonRecord): readonly string[] {
  const name = asText(tool['name']) ?? String(tool['type']);
  if (tool['type'] !== 'namespace') return [name];
  return asList(tool['tools']).map((each) => `${name}.${asText(asRecord(each)?.['name']) ?? ''}`);
}
