import type { JsonRecord } from '../json/json-value.ts';
import type { TextKind } from './count.ts';

/**
 * An item that was begun, with all that has come of it, as one that was cut short.
 * @param text what has come of a part of it; empty where there is no such part
 */
export function itemSoFar(item: JsonRecord, text: (kind: TextKind, at: number) => string): JsonRecord {
  const texts = (kind: TextKind): readonly string[] => {
    const found: string[] = [];
    while (text(kind, found.length) !== '') found.push(text(kind, found.length));
    return found;
  };
  switch (item['type']) {
    case 'message': {
      const said = texts('text').map((each) => ({ type: 'output_text', text: each, annotations: [], logprobs: [] }));
      const refused = texts('refusal').map((refusal) => ({ type: 'refusal', refusal }));
      return { ...item, status: 'incomplete', content: [...said, ...refused] };
    }
    case 'reasoning': {
      const summary = texts('summary').map((each) => ({ type: 'summary_text', text: each }));
      const content = texts('reasoning').map((each) => ({ type: 'reasoning_text', text: each }));
      return { ...item, status: 'incomplete', summary, ...(content.length === 0 ? {} : { content }) };
    }
    case 'function_call':
      return { ...item, status: 'incomplete', arguments: text('arguments', 0) };
    case 'custom_tool_call':
      return { ...item, ...(item['status'] === undefined ? {} : { status: 'incomplete' }), input: text('input', 0) };
    default:
      // How far it has come, each has words of its own for.
      return item;
  }
}
