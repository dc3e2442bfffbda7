import { describe, expect, test } from 'vitest';
import { writtenChatCall } from '../../../../../src/protocols/chat/request.ts';
import { sealReasoning } from '../../../../../src/protocols/responses/reasoning.ts';
import { chatBodyOfResponses } from '../../../../../src/protocols/translate/responses-to-chat/request.ts';
import { responsesRequest } from '../../../../support/responses.ts';

function chatOf(body: object) {
  return chatBodyOfResponses(responsesRequest(body));
}

function messagesOf(input: unknown, body: object = {}): unknown {
  const chat = chatOf({ ...body, input });
  if ('kind' in chat) throw new Error(JSON.stringify(chat));
  writtenChatCall(chat);
  return chat['messages'];
}

describe('a request of the Responses API, put into a chat completion', () => {
  test('says what it says in a text alone', () => {
    expect(chatOf({ model: 'm', input: 'Hello', instructions: 'Be brief.', stream: true, store: true })).toEqual({
      model: 'm',
      stream: true,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello' },
      ],
    });
  });

  test('holds a turn of the assistant in one message, with what was thought, said and called', () => {
    const details = [{ type: 'reasoning.text', text: 'Look.', signature: 'S', index: 0 }] as const;
    const messages = messagesOf([
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Compare a and b.' }] },
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: sealReasoning(details) },
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'I look.' }],
      },
      { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'read', arguments: '{"p":"a"}' },
      { type: 'function_call', id: 'fc_2', call_id: 'c2', name: 'read', arguments: '{"p":"b"}' },
      { type: 'function_call_output', call_id: 'c1', output: 'A' },
      { type: 'function_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'B' }] },
      { role: 'assistant', content: 'They differ.' },
      { role: 'developer', content: 'Go on.' },
    ]);
    const call = (id: string, given: string) => ({
      id,
      type: 'function',
      function: { name: 'read', arguments: given },
    });
    expect(messages).toEqual([
      { role: 'user', content: 'Compare a and b.' },
      {
        role: 'assistant',
        content: 'I look.',
        reasoning_content: 'Look.',
        reasoning_details: details,
        tool_calls: [call('c1', '{"p":"a"}'), call('c2', '{"p":"b"}')],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'A' },
      { role: 'tool', tool_call_id: 'c2', content: 'B' },
      { role: 'assistant', content: 'They differ.' },
      { role: 'developer', content: 'Go on.' },
    ]);
  });

  test('puts in what a tool has answered, however a client writes it', () => {
    const output = (value: unknown) => messagesOf([{ type: 'function_call_output', call_id: 'c', output: value }]);
    const tool = (content: unknown) => [{ role: 'tool', tool_call_id: 'c', content }];
    expect(output('ok')).toEqual(tool('ok'));
    expect(output(null)).toEqual(tool(''));
    expect(output({ ok: true })).toEqual(tool('{"ok":true}'));
    const image = { type: 'input_image', image_url: 'data:image/png;base64,AA==' };
    expect(output([{ type: 'input_text', text: 'See' }, image])).toEqual(
      tool([
        { type: 'text', text: 'See' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
      ]),
    );
  });

  test('keeps what was said in several messages apart, and refusals as refusals', () => {
    const said = (text: string) => ({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] });
    const refused = { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] };
    expect(messagesOf([said('One.'), said('Two.'), refused])).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'One.' },
          { type: 'text', text: 'Two.' },
        ],
        refusal: 'No.',
      },
    ]);
  });

  test('passes on reasoning that others have hidden, and shows what they have shown', () => {
    const reasoning = {
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'Hm.' }],
      encrypted_content: 'gAAA',
    };
    const format = 'openai-responses-v1';
    expect(messagesOf([reasoning, { role: 'assistant', content: 'Yes.' }])).toEqual([
      {
        role: 'assistant',
        content: 'Yes.',
        reasoning_content: 'Hm.',
        reasoning_details: [
          { type: 'reasoning.summary', summary: 'Hm.', format },
          { type: 'reasoning.encrypted', data: 'gAAA', id: 'rs_1', format },
        ],
      },
    ]);
    const raw = { type: 'reasoning', id: 'rs_1', summary: [], content: [{ type: 'reasoning_text', text: 'Raw.' }] };
    expect(messagesOf([raw, { role: 'assistant', content: 'Yes.' }])).toMatchObject([
      { reasoning_content: 'Raw.', reasoning_details: [{ type: 'reasoning.text', text: 'Raw.' }] },
    ]);
    // What nothing followed was cut short: there is nothing that it could stand with.
    expect(messagesOf([raw, { role: 'user', content: 'Again.' }])).toEqual([{ role: 'user', content: 'Again.' }]);
  });

  test('puts in images, files and sound, and says up to where to cache', () => {
    const content = [
      { type: 'input_text', text: 'See', prompt_cache_breakpoint: { mode: 'explicit' } },
      { type: 'input_image', image_url: 'https://a.example/x.png', detail: 'low' },
      { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' },
      { type: 'input_file', file_url: 'https://a.example/b.pdf' },
      { type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } },
    ];
    expect(messagesOf([{ role: 'user', content }])).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'See', cache_control: { type: 'ephemeral' } },
          { type: 'image_url', image_url: { url: 'https://a.example/x.png', detail: 'low' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' } },
          { type: 'file', file: { file_data: 'https://a.example/b.pdf' } },
          { type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } },
        ],
      },
    ]);
  });

  test('asks for the same in other words', () => {
    const schema = { type: 'object', properties: {} };
    const chat = chatOf({
      max_output_tokens: 100,
      temperature: 0.5,
      top_p: 0.9,
      top_logprobs: 3,
      reasoning: { effort: 'low', summary: 'auto' },
      text: { verbosity: 'low', format: { type: 'json_schema', name: 'answer', strict: true, schema } },
      include: ['reasoning.encrypted_content'],
      truncation: 'auto',
      max_tool_calls: 3,
      service_tier: 'flex',
      prompt_cache_key: 'k',
      safety_identifier: 's',
      metadata: { user_id: 'u', team: 't' },
      seed: 7,
      previous_response_id: null,
    });
    expect(chat).toEqual({
      messages: [{ role: 'user', content: 'Hello' }],
      max_completion_tokens: 100,
      temperature: 0.5,
      top_p: 0.9,
      logprobs: true,
      top_logprobs: 3,
      reasoning_effort: 'low',
      verbosity: 'low',
      response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } },
      service_tier: 'flex',
      prompt_cache_key: 'k',
      safety_identifier: 's',
      // It is not known here, and may be there.
      seed: 7,
    });
    expect(chatOf({ text: { format: { type: 'json_object' } }, metadata: { user_id: 'u' } })).toMatchObject({
      response_format: { type: 'json_object' },
      user: 'u',
    });
  });
});

test.each([
  ['prompt', { prompt: { id: 'pmpt_1' } }],
  ['context_management', { context_management: [{ type: 'compaction' }] }],
  ['moderation', { moderation: { model: 'omni' } }],
  ['tools[1].type', { tools: [{ type: 'function', name: 'f' }, { type: 'file_search' }] }],
  ['tool_choice', { tool_choice: { type: 'file_search' } }],
  ['tool_choice', { tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'mcp' }] } }],
  ['text.format', { text: { format: { type: 'grammar' } } }],
  ['reasoning.mode', { reasoning: { mode: 'pro' } }],
  ['input', { input: [] }],
  ['input[0].type', { input: [{ type: 'compaction', encrypted_content: 'x' }] }],
  ['input[0].type', { input: [{ type: 'file_search_call', id: 'fs_1', queries: [] }] }],
  ['input[0].content[0].file_id', { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] }],
  [
    'input[0].content[1].file_id',
    {
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'x' },
            { type: 'input_file', file_id: 'f' },
          ],
        },
      ],
    },
  ],
  [
    'input[0].output[0].type',
    { input: [{ type: 'function_call_output', call_id: 'c', output: [{ type: 'hologram' }] }] },
  ],
  ['input[0].content', { input: [{ role: 'assistant', content: [{ type: 'hologram' }] }] }],
])('what has no words in a chat completion is said to be in %s, with a remedy', (param, body) => {
  const chat = chatOf(body);
  expect(chat).toMatchObject({ kind: 'untranslatable', param });
  expect(chat['message']).toEqual(expect.stringMatching(/(Send|Leave|Turn|Ask)/));
});
