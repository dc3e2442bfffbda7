import { asList, asRecord, asText } from '../json/json-value.ts';
import type { ProviderTool } from '../provider-tool.ts';
import type { Drop } from '../protocol-call.ts';
import type { ContentBlock, MessagesCall, MessagesRequest } from './request.ts';

/**
 * Tools that Anthropic runs, and that agents offer with every call, whether or not anything is to come of it: a model
 * that has none answers without.
 */
const serverTool = /^(?:web_search|web_fetch|code_execution)_\d{8}$/;

export function isServerTool(type: unknown): type is string {
  return typeof type === 'string' && serverTool.test(type);
}

/** Fields that say what may be looked for, how often, and what is told of it. None of them changes what a use costs. */
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

/** Tools that the provider is yet to run, when it goes on with its turn. */
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

/** By the name that the model calls it: code is run in a shell, and edited, too. */
const calledTool = /^(?:web_search|web_fetch|(?:bash_|text_editor_)?code_execution)$/;
const resultOfTool = /^(?:web_search|web_fetch|(?:bash_|text_editor_)?code_execution)_tool_result$/;

/** A conversation without the traces of such tools: what the model made of them stands in what it has said. */
export function withoutServerTools(request: MessagesRequest, drop: Drop): MessagesRequest {
  const hasTrace = request.messages.some(({ content }) => asList(content).some(isTrace));
  if (!hasTrace) return request;
  drop('messages.server_tool_use');
  const messages = request.messages.flatMap((message): MessagesRequest['messages'] => {
    const blocks = asList(message.content);
    const kept = blocks.filter((block) => !isTrace(block));
    if (kept.length === blocks.length) return [message];
    // Some were left out, and none was changed.
    return kept.length === 0 ? [] : [{ ...message, content: kept as ContentBlock[] }];
  });
  return { ...request, messages };
}

function isTrace(value: unknown): boolean {
  const { type, name } = asRecord(value) ?? {};
  if (type === 'server_tool_use') return calledTool.test(asText(name) ?? '');
  return typeof type === 'string' && resultOfTool.test(type);
}
