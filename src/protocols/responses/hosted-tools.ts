import { asList, asRecord, asText } from '../json/json-value.ts';
import type { ProviderTool } from '../provider-tool.ts';
import type { ResponsesCall } from './request.ts';

/**
 * Tools that OpenAI runs, and that agents offer with every call, whether or not anything is to come of it: a model that
 * has none answers without. What it is to read or to change by the others, it can't do without.
 */
const hosted = /^(web_search|image_generation|code_interpreter)(?:_preview)?(?:_\d{4}_\d\d_\d\d)?$/;

export function isHostedTool(type: unknown): type is string {
  return typeof type === 'string' && hosted.test(type);
}

/** What came of such a tool, which stands in the conversation beside what was said about it. */
export function isTraceOfHosted(type: string): boolean {
  return type.endsWith('_call') && isHostedTool(type.slice(0, -'_call'.length));
}

/** Fields that say what may be looked for, and how much of it is to be told. None of them changes what a use costs. */
const knownFields: ReadonlySet<string> = new Set([
  'type',
  'external_web_access',
  'filters',
  'return_token_budget',
  'search_content_types',
  'search_context_size',
  'user_location',
]);

export function responsesProviderTools({ request }: ResponsesCall): readonly ProviderTool[] {
  const tools = request.tools ?? [];
  return tools.flatMap((tool, index): ProviderTool[] => {
    const { type } = tool;
    if (!isHostedTool(type)) return [];
    const isSearch = familyOf(type) === 'web_search' && Object.keys(tool).every((name) => knownFields.has(name));
    return [{ index, type, kind: isSearch ? 'search' : 'other', isDemanded: isDemanded(type, request) }];
  });
}

function isDemanded(type: string, { tools, tool_choice: choice }: ResponsesCall['request']): boolean {
  if (typeof choice === 'string') return choice === 'required' && (tools ?? []).every((tool) => isHosted(tool));
  if (choice?.['type'] !== 'allowed_tools') return familyOf(choice?.['type']) === familyOf(type);
  return choice['mode'] === 'required' && asList(choice['tools']).every((tool) => isHosted(tool));
}

function isHosted(tool: unknown): boolean {
  return isHostedTool(asRecord(tool)?.['type']);
}

/** A tool has several names, of which any may be chosen. */
function familyOf(type: unknown): string | undefined {
  return hosted.exec(asText(type) ?? '')?.[1];
}
