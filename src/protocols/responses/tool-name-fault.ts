import { responsesToolNameCharsMax } from '../../limits.ts';
import type { RequestFault } from '../json/issue-path.ts';
import { type JsonRecord, asList, asRecord } from '../json/json-value.ts';
import { firstFault, toolNameFault } from '../tool-name.ts';

type Keys = RequestFault['keys'];

/** The first tool name that is longer than OpenAI allows, wherever in a request of the Responses API it stands. */
export function responsesToolNameFault({ tools, tool_choice: choice, input }: JsonRecord): RequestFault | undefined {
  return (
    inTools(tools, 'tools') ??
    named(choice, 'tool_choice') ??
    inTools(asRecord(choice)?.['tools'], 'tool_choice', 'tools') ??
    firstFault(asList(input), inItem)
  );
}

/** Looks only at the client's own tools: servers name theirs. */
function inItem(value: unknown, index: number): RequestFault | undefined {
  const item = asRecord(value);
  switch (item?.['type']) {
    case 'function_call':
    case 'custom_tool_call':
      return named(item, 'input', index);
    case 'additional_tools':
    case 'tool_search_output':
      return inTools(item['tools'], 'input', index, 'tools');
    default:
      return undefined;
  }
}

/** A namespace has a name, and tools of its own. */
function inTools(tools: unknown, ...keys: Keys): RequestFault | undefined {
  return firstFault(asList(tools), (tool, index) => {
    const inner = asRecord(tool)?.['tools'];
    return named(tool, ...keys, index) ?? (inner === undefined ? undefined : inTools(inner, ...keys, index, 'tools'));
  });
}

function named(value: unknown, ...keys: Keys): RequestFault | undefined {
  const record = asRecord(value);
  return (
    toolNameFault(record?.['name'], responsesToolNameCharsMax, ...keys, 'name') ??
    toolNameFault(record?.['namespace'], responsesToolNameCharsMax, ...keys, 'namespace')
  );
}
