import type { Quirks } from '../../catalog/quirks.ts';
import { type JsonRecord, asList, asRecord, asText } from '../json/json-value.ts';

/**
 * Puts the name of a tool beside its result where a server can't do without it, and takes it out where a server rejects
 * it. OpenAI's clients may leave it out. A name stands in the body once and may be repeated with every message, but it
 * is no longer than `chatToolNameCharsMax`. Answers the list itself where nothing changes.
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
