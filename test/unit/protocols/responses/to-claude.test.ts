import { expect, test } from 'vitest';
import { messagesBodyOf } from '../../../../src/protocols/translate/chat-to-messages/request.ts';
import { MessageChunkReader } from '../../../../src/protocols/translate/message-to-completion/chunks.ts';
import { MessagesStream } from '../../../../src/protocols/messages/stream.ts';
import { writtenChatCall } from '../../../../src/protocols/chat/request.ts';
import { ResponsesWriter } from '../../../../src/protocols/responses/writer.ts';
import { chatBodyOfResponses } from '../../../../src/protocols/translate/responses-to-chat/request.ts';
import { asList, asRecord } from '../../../../src/protocols/json/json-value.ts';
import { eventsIn, responsesRequest, toldResponse } from '../../../support/responses.ts';

const claude = { name: 'claude-x', maxOutputTokens: 64_000, defaultOutputTokens: 8192, thinking: 'budget' } as const;

const agent = {
  instructions: 'You are an agent.',
  tools: [{ type: 'custom', name: 'patch', description: 'Edits files.' }],
  reasoning: { effort: 'medium', summary: 'auto' },
  include: ['reasoning.encrypted_content'],
  store: false,
  stream: true,
};

/** A turn of Claude's in which it thinks, says something, and calls the tool. */
const turn = [
  {
    type: 'message_start',
    message: {
      id: 'msg_01',
      type: 'message',
      role: 'assistant',
      content: [],
      usage: { input_tokens: 9, output_tokens: 1 },
    },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'A patch ' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'will do.' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'SIGNED' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'content_block_start', index: 1, content_block: { type: 'redacted_thinking', data: 'HIDDEN' } },
  { type: 'content_block_stop', index: 1 },
  { type: 'content_block_start', index: 2, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 2, delta: { type: 'text_delta', text: 'I edit it.' } },
  { type: 'content_block_stop', index: 2 },
  {
    type: 'content_block_start',
    index: 3,
    content_block: { type: 'tool_use', id: 'toolu_1', name: 'patch', input: {} },
  },
  { type: 'content_block_delta', index: 3, delta: { type: 'input_json_delta', partial_json: '{"input":"*** a' } },
  { type: 'content_block_delta', index: 3, delta: { type: 'input_json_delta', partial_json: '\\n+b"}' } },
  { type: 'content_block_stop', index: 3 },
  { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 30 } },
  { type: 'message_stop' },
];

test('an agent that speaks the Responses API gets what Claude thinks, says and calls, and Claude gets it back as it was', () => {
  const writer = new ResponsesWriter(responsesRequest(agent), toldResponse);
  const reader = new MessagesStream({ wordsPerToken: 4 });
  const chunks = new MessageChunkReader();
  let text = '';
  for (const event of turn) {
    for (const chunk of chunks.chunks(reader.read(JSON.stringify(event)))) text += writer.chunk(chunk);
  }
  const last = eventsIn(text + writer.end({ inputTokens: 9, outputTokens: 30 }, undefined)).at(-1);
  const output = asList(asRecord(last?.['response'])?.['output']);
  expect(output).toMatchObject([
    { type: 'reasoning', summary: [{ text: 'A patch will do.' }] },
    { type: 'message', content: [{ text: 'I edit it.' }] },
    { type: 'custom_tool_call', call_id: 'toolu_1', name: 'patch', input: '*** a\n+b' },
  ]);

  const user = { role: 'user', content: 'Fix it.' };
  const answered = { type: 'custom_tool_call_output', call_id: 'toolu_1', output: 'Done.' };
  const chat = chatBodyOfResponses(responsesRequest({ ...agent, input: [user, ...output, answered] }));
  const body = messagesBodyOf(writtenChatCall(chat).request, claude);
  expect(body).toMatchObject({
    system: [{ type: 'text', text: 'You are an agent.' }],
    tools: [{ name: 'patch' }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'Fix it.' }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'A patch will do.', signature: 'SIGNED' },
          { type: 'redacted_thinking', data: 'HIDDEN' },
          { type: 'text', text: 'I edit it.' },
          { type: 'tool_use', id: 'toolu_1', name: 'patch', input: { input: '*** a\n+b' } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1' }] },
    ],
  });
});
