import { messagesCalledNameCharsMax, messagesToolNameCharsMax } from '../../limits.ts';
import type { RequestFault } from '../json/issue-path.ts';
import { type JsonRecord, asList, asRecord } from '../json/json-value.ts';
import { firstFault, toolNameFault } from '../tool-name.ts';

/** The first tool name that is longer than Anthropic allows, wherever in a request it stands. */
export function messagesToolNameFault(request: JsonRecord & { readonly messages: readonly JsonRecord[] }) {
  const { tools, tool_choice: choice, messages } = request;
  return (
    firstFault(asList(tools), (tool, index) => nameOf(tool, messagesToolNameCharsMax, 'tools', index)) ??
    nameOf(choice, messagesToolNameCharsMax, 'tool_choice') ??
    firstFault(messages, ({ content }, index) =>
      firstFault(asList(content), (block, at) => {
        const isCall = asRecord(block)?.['type'] === 'tool_use';
        return isCall ? nameOf(block, messagesCalledNameCharsMax, 'messages', index, 'content', at) : undefined;
      }),
    )
  );
}

function nameOf(value: unknown, charsMax: number, ...keys: RequestFault['keys']): RequestFault | undefined {
  return toolNameFault(asRecord(value)?.['name'], charsMax, ...keys, 'name');
}
