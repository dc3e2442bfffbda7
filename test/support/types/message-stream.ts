import { asList, asRecord } from '../../../src/protocols/json/json-value.ts';

type Json = Readonly<Record<string, unknown>>;

/** The events in which Anthropic streams a message. */
export function streamOf(message: Json): Json[] {
  const { stop_reason, stop_sequence, stop_details, container, usage } = message;
  const begun = { ...message, content: [], stop_reason: null, stop_sequence: null, stop_details: null };
  const blocks = asList(message['content']).map((block) => asRecord(block) ?? {});
  return [
    { type: 'message_start', message: begun },
    ...blocks.flatMap((block, index) => blockEvents(block, index)),
    { type: 'message_delta', delta: { stop_reason, stop_sequence, stop_details, container }, usage },
    { type: 'message_stop' },
  ];
}

function blockEvents(block: Json, index: number): Json[] {
  const { start, deltas } = inPieces(block);
  return [
    { type: 'content_block_start', index, content_block: start },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

function inPieces(block: Json): { readonly start: Json; readonly deltas: readonly Json[] } {
  switch (block['type']) {
    case 'text':
      return {
        start: { ...block, text: '', citations: null },
        deltas: [
          { type: 'text_delta', text: block['text'] },
          ...asList(block['citations']).map((citation) => ({ type: 'citations_delta', citation })),
        ],
      };
    case 'thinking':
      return {
        start: { ...block, thinking: '', signature: '' },
        deltas: [
          { type: 'thinking_delta', thinking: block['thinking'] },
          { type: 'signature_delta', signature: block['signature'] },
        ],
      };
    case 'tool_use':
      return {
        start: { ...block, input: {} },
        deltas: [{ type: 'input_json_delta', partial_json: JSON.stringify(block['input']) }],
      };
    default:
      return { start: block, deltas: [] };
  }
}
