import type { ProtocolCall } from '../../../../src/protocols/protocol-call.ts';
import type { Conversation, LabelledTurn } from './labelled-set.ts';

export type AskedCall = Pick<ProtocolCall, 'protocol' | 'request'>;
export type Protocol = 'chat' | 'messages' | 'responses';
export const protocols: readonly Protocol[] = ['chat', 'messages', 'responses'];

/** The same conversation as a client of each protocol sends it. */
export function asCall(conversation: Conversation, protocol: Protocol): AskedCall {
  switch (protocol) {
    case 'chat':
      return { protocol: 'chat', request: chatRequest(conversation) };
    case 'messages':
      return { protocol: 'messages', request: messagesRequest(conversation) };
    case 'responses':
      return { protocol: 'responses', request: responsesRequest(conversation) };
  }
}

function chatRequest({ system, tools, turns }: Conversation): AskedCall['request'] {
  const messages = turns.map((turn, index) => {
    if (turn.role === 'tool') return { role: 'tool', tool_call_id: `call_${index}`, content: turn.text };
    const images = times(turn.images, { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } });
    const files = times(turn.files, { type: 'file', file: { file_data: 'AA==' } });
    const content =
      images.length + files.length === 0 ? turn.text : [...images, ...files, { type: 'text', text: turn.text }];
    const calls = turn.toolCalls.map((name) => ({ id: name, type: 'function', function: { name, arguments: '{}' } }));
    return { role: turn.role, content, ...(calls.length === 0 ? {} : { tool_calls: calls }) };
  });
  return {
    model: 'some-model',
    messages: [...(system === '' ? [] : [{ role: 'system', content: system }]), ...messages],
    ...(tools.length === 0 ? {} : { tools: tools.map((name) => ({ type: 'function', function: { name } })) }),
  };
}

function messagesRequest({ system, tools, turns }: Conversation): AskedCall['request'] {
  const messages: { role: string; content: object[] }[] = [];
  turns.forEach((turn, index) => {
    const role = turn.role === 'assistant' ? 'assistant' : 'user';
    const last = messages.at(-1);
    const content = messagesContent(turn, index);
    // The results of parallel calls have to be in one message.
    if (turn.role === 'tool' && last?.role === 'user' && turns[index - 1]?.role === 'tool')
      last.content.push(...content);
    else messages.push({ role, content });
  });
  return {
    model: 'some-model',
    max_tokens: 1000,
    messages,
    ...(system === '' ? {} : { system: [{ type: 'text', text: system, cache_control: { type: 'ephemeral' } }] }),
    ...(tools.length === 0 ? {} : { tools: tools.map((name) => ({ name, input_schema: { type: 'object' } })) }),
  };
}

function messagesContent(turn: LabelledTurn, index: number): object[] {
  if (turn.role === 'tool') {
    return [{ type: 'tool_result', tool_use_id: `toolu_${index}`, content: [{ type: 'text', text: turn.text }] }];
  }
  return [
    ...times(turn.images, { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } }),
    ...times(turn.files, { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AA==' } }),
    { type: 'text', text: turn.text },
    ...turn.toolCalls.map((name) => ({ type: 'tool_use', id: `toolu_${name}`, name, input: {} })),
  ];
}

function responsesRequest({ system, tools, turns }: Conversation): AskedCall['request'] {
  const input = turns.flatMap((turn, index): object[] => {
    if (turn.role === 'tool') return [{ type: 'function_call_output', call_id: `call_${index}`, output: turn.text }];
    const type = turn.role === 'user' ? 'input_text' : 'output_text';
    const content = [
      ...times(turn.images, { type: 'input_image', image_url: 'data:image/png;base64,AA==' }),
      ...times(turn.files, { type: 'input_file', file_data: 'AA==' }),
      { type, text: turn.text },
    ];
    const calls = turn.toolCalls.map((name) => ({ type: 'function_call', call_id: name, name, arguments: '{}' }));
    return [{ type: 'message', role: turn.role, content }, ...calls];
  });
  return {
    model: 'some-model',
    input,
    ...(system === '' ? {} : { instructions: system }),
    ...(tools.length === 0 ? {} : { tools: tools.map((name) => ({ type: 'function', name, parameters: {} })) }),
  };
}

function times(count: number, part: object): object[] {
  return Array.from({ length: count }, () => part);
}
