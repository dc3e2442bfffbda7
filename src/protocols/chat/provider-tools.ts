import { asRecord } from '../json/json-value.ts';
import type { ProviderTool } from '../provider-tool.ts';
import { clientTools } from './parameters.ts';
import type { ChatCall } from './request.ts';

/** Some servers search the web by a tool of this type. Nothing bounds how often. */
const webSearch = 'web_search';

export function chatProviderTools({ request }: ChatCall): readonly ProviderTool[] {
  const tools = (request.tools ?? []).map(({ type }) => type);
  const { tool_choice: choice } = request;
  const isAlone = tools.every((type) => typeof type !== 'string' || !clientTools.has(type));
  const demanded = (choice === 'required' && isAlone) || asRecord(choice)?.['type'] === webSearch;
  return tools.flatMap((type, index): ProviderTool[] =>
    type === webSearch ? [{ index, type, kind: 'other', isDemanded: demanded }] : [],
  );
}
