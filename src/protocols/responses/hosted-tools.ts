import { asList, asRecord, asText } from '../json/json-value.ts';
import type { ProviderTool } from '../provider-tool.ts';
import type { ResponsesCall } from './request.ts';

/**
 * Tools that OpenAI runs. Agents offer them with every call, whether or not the model is to use them, and a model
 * without them answers all the same. A model can't do without OpenAI's other tools, which read or change something.
 */
const hosted = /^(web_search|image_generation|code_interpreter)(?:_preview)?(?:_\d{4}_\d\d_\d\d)?$/;

export function isHostedTool(type: unknown): type is string {
  return typeof type === 'string' && hosted.test(type);
}

/** Whether an item is a use of such a tool. What came of the use stands in the conversation too. */
export function isTraceOfHosted(type: string): boolean {
  return type.endsWith('_call') && isHostedTool(type.slice(0, -'_call'.length));
}

/** Fields that say what may be looked for, and how much of it is told. None changes what a use costs. */
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
  return (request.tools ?? []).flatMap((tool, index): ProviderTool[] => {
    const { type } = tool;
    if (!isHostedTool(type)) return [];
    const isSearch = familyOf(type) === 'web_search' && Object.keys(tool).every((name) => knownFields.has(name));
    return [{ index, type, kind: isSearch ? 'search' : 'other', isDemanded: isDemanded(type, request) }];
  });
}

function isDemanded(type: string, { tools, tool_choice: choice }: ResponsesCall['request']): boolean {
  if (typeof choice === 'string') return choice === 'required' && (tools ?? []).every(isHosted);
  if (choice?.['type'] !== 'allowed_tools') return familyOf(choice?.['type']) === familyOf(type);
  return choice['mode'] === 'required' && asList(choice['tools']).every(isHosted);
}

function isHosted(tool: unknown): boolean {
  return isHostedTool(asRecord(tool)?.['type']);
}

/** One tool has several names, and any of them may be chosen. */
function familyOf(type: unknown): string | undefined {
  return hosted.exec(asText(type) ?? '')?.[1];
}
