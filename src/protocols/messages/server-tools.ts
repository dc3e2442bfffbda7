import { asList, asRecord, asText } from '../json/json-value.ts';
import type { ProviderTool } from '../provider-tool.ts';
import type { Drop } from '../protocol-call.ts';
import type { ContentBlock, MessageParam, MessagesCall, MessagesRequest } from './request.ts';

/**
 * Tools that Anthropic runs. Agents offer them with every call, whether or not the model is to use them, and a model
 * without them answers all the same.
 */
const serverTool = /^(?:web_search|web_fetch|code_execution)_\d{8}$/;

export function isServerTool(type: unknown): type is string {
  return typeof type === 'string' && serverTool.test(type);
}

/** Fields that say what may be looked for, how often, and what is told of it. None changes what a use costs. */
const knownFields: ReadonlySet<string> = new Set([
  'type',
  'name',
  'allowed_callers',
  'allowed_domains',
  'blocked_domains',
  'cache_control',
  'citations',
  'defer_loading',
  'max_content_tokens',
  'max_uses',
  'response_inclusion',
  'strict',
  'url_sources',
  'use_cache',
  'user_location',
]);

export function messagesProviderTools({ request }: MessagesCall): readonly ProviderTool[] {
  const tools = request.tools ?? [];
  const { type: choice, name: chosen } = request.tool_choice ?? {};
  const isAlone = tools.every(({ type }) => isServerTool(type));
  const unanswered = usesWithoutResult(request);
  return tools.flatMap((tool, index): ProviderTool[] => {
    const { type, name, max_uses: usesMax } = tool;
    if (!isServerTool(type)) return [];
    const isDemanded =
      (choice === 'tool' && chosen === name) || (choice === 'any' && isAlone) || unanswered.has(asText(name) ?? '');
    return [{ index, type, kind: kindOf(type, tool), usesMax, isDemanded }];
  });
}

function kindOf(type: string, tool: object): ProviderTool['kind'] {
  if (!Object.keys(tool).every((name) => knownFields.has(name))) return 'other';
  if (type.startsWith('web_search_')) return 'search';
  return type.startsWith('web_fetch_') ? 'fetch' : 'other';
}

/** The tools that the provider has yet to run when it goes on with its turn. */
function usesWithoutResult({ messages }: MessagesRequest): ReadonlySet<string> {
  const pending = new Map<unknown, string>();
  for (const { content } of messages) {
    for (const value of asList(content)) {
      const { type, id, name, tool_use_id: answered } = asRecord(value) ?? {};
      if (type === 'server_tool_use') pending.set(id, asText(name) ?? '');
      if (answered !== undefined) pending.delete(answered);
    }
  }
  return new Set(pending.values());
}

/** The names by which a model calls them: it also runs code in a shell, and edits it. */
const calledTool = /^(?:web_search|web_fetch|(?:bash_|text_editor_)?code_execution)$/;
const resultOfTool = /^(?:web_search|web_fetch|(?:bash_|text_editor_)?code_execution)_tool_result$/;

/** A conversation without calls and results of such tools: what the model says already holds what it made of them. */
export function withoutServerTools(request: MessagesRequest, drop: Drop): MessagesRequest {
  if (!request.messages.some(({ content }) => asList(content).some(isTrace))) return request;
  drop('messages.server_tool_use');
  const messages = request.messages.flatMap((message): MessageParam[] => {
    const blocks = asList(message.content);
    const kept = blocks.filter((block) => !isTrace(block));
    if (kept.length === blocks.length) return [message];
    // Blocks are only left out, never changed.
    return kept.length === 0 ? [] : [{ ...message, content: kept as ContentBlock[] }];
  });
  return { ...request, messages };
}

function isTrace(value: unknown): boolean {
  const { type, name } = asRecord(value) ?? {};
  if (type === 'server_tool_use') return calledTool.test(asText(name) ?? '');
  return typeof type === 'string' && resultOfTool.test(type);
}
