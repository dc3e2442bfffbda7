import { chatToolNameCharsMax } from '../../limits.ts';
import type { RequestFault } from '../json/issue-path.ts';
import { type JsonRecord, asList, asRecord } from '../json/json-value.ts';
import { firstFault, toolNameFault } from '../tool-name.ts';

type Keys = RequestFault['keys'];

/** The first tool name in a chat completion that is longer than OpenAI allows. */
export function chatToolNameFault(request: JsonRecord & { readonly messages: readonly JsonRecord[] }) {
  return (
    firstFault(asList(request['tools']), (tool, index) => inTool(tool, 'tools', index)) ??
    firstFault(asList(request['functions']), (each, index) => named(each, 'functions', index)) ??
    inTool(request['tool_choice'], 'tool_choice') ??
    named(request['function_call'], 'function_call') ??
    firstFault(request.messages, inMessage)
  );
}

function inMessage(message: JsonRecord, index: number): RequestFault | undefined {
  const { role, tool_calls: calls, function_call: legacy } = message;
  if (role === 'tool' || role === 'function') return named(message, 'messages', index);
  if (calls === undefined && legacy === undefined) return undefined;
  return (
    firstFault(asList(calls), (call, at) => inTool(call, 'messages', index, 'tool_calls', at)) ??
    named(legacy, 'messages', index, 'function_call')
  );
}

/** The fault in a tool, a call of one, or the choice of one. */
function inTool(value: unknown, ...keys: Keys): RequestFault | undefined {
  const tool = asRecord(value);
  return named(tool?.['function'], ...keys, 'function') ?? named(tool?.['custom'], ...keys, 'custom');
}

function named(value: unknown, ...keys: Keys): RequestFault | undefined {
  return toolNameFault(asRecord(value)?.['name'], chatToolNameCharsMax, ...keys, 'name');
}
