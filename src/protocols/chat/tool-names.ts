import type { Quirks } from '../../catalog/quirks.ts';
import { type JsonRecord, asList, asRecord, asText } from '../json/json-value.ts';

/**
 * The name of a tool beside its result, which OpenAI's clients may leave out: put in where a server can't do without
 * it, taken out where a server refuses it. A name stands in the body once, and may be put in with every message: it is
 * no longer than `chatToolNameCharsMax`. The messages themselves where nothing is to be changed.
 */
export function withToolNames(messages: readonly JsonRecord[], { toolNames }: Quirks): readonly JsonRecord[] {
  if (toolNames === 'optional' || !messages.some((message) => isToBeChanged(message, toolNames))) return messages;
  const called = new Map<unknown, string>();
  return messages.map((message) => {
    for (const call of asList(message['tool_calls']).map(asRecord)) {
      const name = asText(asRecord(call?.['function'])?.['name']);
      if (name === undefined) called.delete(call?.['id']);
      else called.set(call?.['id'], name);
    }
    if (!isToBeChanged(message, toolNames)) return message;
    const { name: _name, ...rest } = message;
    const name = toolNames === 'needed' ? called.get(message['tool_call_id']) : undefined;
    return name === undefined ? rest : { ...rest, name };
  });
}

function isToBeChanged({ role, name }: JsonRecord, toolNames: Quirks['toolNames']): boolean {
  return role === 'tool' && (toolNames === 'needed') === ((name ?? undefined) === undefined);
}
