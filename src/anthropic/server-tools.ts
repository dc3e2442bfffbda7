import { asList, asRecord, asText } from '../wire/json-value.ts';
import type { Drop } from '../wire/wire-call.ts';
import type { ContentBlock, MessagesRequest } from './messages-request.ts';

/**
 * Tools that Anthropic runs, and that agents offer with every call, whether or not anything is to come of it: a model
 * that has none answers without.
 */
const serverTool = /^(?:web_search|web_fetch|code_execution)_\d{8}$/;

export function isServerTool(type: unknown): type is string {
  return typeof type === 'string' && serverTool.test(type);
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
