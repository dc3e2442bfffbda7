import { describe, expect, test } from 'vitest';
import { chatBodyOfMessages } from '../../../../../src/protocols/translate/messages-to-chat/request.ts';
import { readMessagesCall } from '../../../../../src/protocols/messages/request.ts';
import { writtenChatCall } from '../../../../../src/protocols/chat/request.ts';
import { agentCall, bashTool, readTool } from '../../messages/agent-calls.ts';

const encoder = new TextEncoder();

function translated(fields: Record<string, unknown>) {
  const body = { model: 'claude-sonnet-5', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }], ...fields };
  return chatBodyOfMessages(readMessagesCall(encoder.encode(JSON.stringify(body))).request);
}

function bodyOf(fields: Record<string, unknown>): Record<string, unknown> {
  const body = translated(fields);
  if ('kind' in body) throw new Error(JSON.stringify(body));
  return body;
}

function messagesOf(...messages: readonly unknown[]) {
  return bodyOf({ messages })['messages'];
}

describe("an agent's call", () => {
  const body = bodyOf(agentCall);

  test('becomes a chat completion that any server can be sent', () => {
    expect(writtenChatCall(body)).toMatchObject({ protocol: 'chat', model: 'claude-sonnet-5', stream: true });
    expect(body).toMatchObject({
      max_completion_tokens: 32_000,
      temperature: 1,
      stream: true,
      reasoning_effort: 'medium',
      reasoning: { effort: 'medium' },
      tool_choice: 'auto',
    });
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['context_management']));
    expect(body).not.toHaveProperty('parallel_tool_calls');
  });

  test('has its turns and the results of its calls in the order of a chat', () => {
    const ephemeral = { type: 'ephemeral' };
    expect(body['messages']).toEqual([
      {
        role: 'system',
        content: [
          { type: 'text', text: 'You write code in a terminal.', cache_control: ephemeral },
          {
            type: 'text',
            text: '# Environment\nThe folder is /home/ada/weir.',
            cache_control: { type: 'ephemeral', ttl: '1h' },
          },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: '<system-reminder>\nThe date is 2026-11-21.\n</system-reminder>' },
          { type: 'text', text: 'Why does the build fail?' },
        ],
      },
      {
        role: 'assistant',
        content: 'I look at the log.',
        reasoning_content: 'The log first.',
        reasoning_details: [
          {
            type: 'reasoning.text',
            text: 'The log first.',
            signature: 'RXJ6',
            format: 'anthropic-claude-v1',
            index: 0,
          },
        ],
        tool_calls: [
          { id: 'toolu_1', type: 'function', function: { name: 'Read', arguments: '{"file_path":"build.log"}' } },
          { id: 'toolu_2', type: 'function', function: { name: 'Bash', arguments: '{"command":"npm run build"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'toolu_1', content: 'a line\nanother line' },
      {
        role: 'tool',
        tool_call_id: 'toolu_2',
        content: [{ type: 'text', text: 'Error: exit code 2', cache_control: ephemeral }],
      },
      { role: 'user', content: 'Be quick.' },
    ]);
  });

  test('describes its tools as functions', () => {
    expect(body['tools']).toEqual([
      { type: 'function', function: { name: 'Read', description: 'Reads a file.', parameters: readTool.input_schema } },
      {
        type: 'function',
        function: { name: 'Bash', description: 'Runs a command.', parameters: bashTool.input_schema },
        cache_control: { type: 'ephemeral' },
      },
    ]);
  });

  test('names its user in as few characters as OpenAI takes, and each by another name', () => {
    const others = ['a', 'b'].map((end) => bodyOf({ metadata: { user_id: `${'x'.repeat(500)}${end}` } })['user']);
    for (const user of [body['user'], ...others]) expect(String(user)).toHaveLength(64);
    expect(new Set([body['user'], ...others]).size).toBe(3);
    expect(bodyOf({ metadata: { user_id: 'y'.repeat(64) } })['user']).toBe('y'.repeat(64));
    expect(bodyOf({ metadata: { user_id: null } })).not.toHaveProperty('user');
  });
});

describe('a turn', () => {
  test('of only text is a string', () => {
    expect(
      messagesOf({ role: 'user', content: 'Hi' }, { role: 'assistant', content: [{ type: 'text', text: 'Ho' }] }),
    ).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Ho' },
    ]);
  });

  test('that follows one of the same role goes on with it, so that results stay beside their calls', () => {
    const call = { type: 'tool_use', id: 'a', name: 'f', input: {} };
    const result = { type: 'tool_result', tool_use_id: 'a' };
    expect(
      messagesOf(
        { role: 'assistant', content: [call] },
        { role: 'assistant', content: [{ ...call, id: 'b' }] },
        { role: 'user', content: [result, { type: 'text', text: 'then' }] },
        { role: 'user', content: [{ ...result, tool_use_id: 'b' }] },
      ),
    ).toMatchObject([
      { role: 'assistant', content: null, tool_calls: [{ id: 'a' }, { id: 'b' }] },
      { role: 'tool', tool_call_id: 'a', content: '' },
      { role: 'tool', tool_call_id: 'b', content: '' },
      { role: 'user', content: 'then' },
    ]);
  });

  test('of the system stays where it is', () => {
    expect(
      messagesOf({ role: 'user', content: 'a' }, { role: 'system', content: 'b' }, { role: 'user', content: 'c' }),
    ).toEqual([
      { role: 'user', content: 'a' },
      { role: 'system', content: 'b' },
      { role: 'user', content: 'c' },
    ]);
  });

  test('keeps the pictures of a result with it, for whoever can be shown them there', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
    const result = { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'A picture' }, image] };
    const bare = { type: 'tool_result', tool_use_id: 'b', content: [image] };
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
    expect(messagesOf({ role: 'user', content: [result, bare, { type: 'text', text: 'Well?' }] })).toEqual([
      { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'A picture' }, picture] },
      { role: 'tool', tool_call_id: 'b', content: [picture] },
      { role: 'user', content: 'Well?' },
    ]);
    const failed = { ...bare, is_error: true };
    expect(messagesOf({ role: 'user', content: [failed] })).toEqual([
      { role: 'tool', tool_call_id: 'b', content: [{ type: 'text', text: 'Error' }, picture] },
    ]);
  });

  test('shows pictures and documents, however they are sent', () => {
    const content = [
      {
        type: 'image',
        source: { type: 'url', url: 'https://example.com/a.png' },
        cache_control: { type: 'ephemeral' },
      },
      {
        type: 'document',
        title: 'Plan',
        context: 'Of 2026',
        source: { type: 'text', media_type: 'text/plain', data: 'Do it.' },
      },
      { type: 'document', title: 'Deed', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0' } },
      { type: 'document', source: { type: 'url', url: 'https://example.com/b.pdf' } },
      {
        type: 'document',
        source: {
          type: 'content',
          content: [
            { type: 'text', text: 'one' },
            { type: 'text', text: 'two' },
          ],
        },
      },
      {
        type: 'search_result',
        title: 'Found',
        source: 'https://example.com',
        content: [{ type: 'text', text: 'this' }],
      },
    ];
    expect(messagesOf({ role: 'user', content })).toEqual([
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' }, cache_control: { type: 'ephemeral' } },
          { type: 'text', text: 'Plan\n\nOf 2026\n\nDo it.' },
          { type: 'file', file: { filename: 'Deed.pdf', file_data: 'data:application/pdf;base64,JVBERi0' } },
          { type: 'file', file: { filename: 'document.pdf', file_data: 'https://example.com/b.pdf' } },
          { type: 'text', text: 'one' },
          { type: 'text', text: 'two' },
          { type: 'text', text: 'Found\nhttps://example.com\nthis' },
        ],
      },
    ]);
  });

  test('that the whole request marks for the cache has the mark at its end', () => {
    const marker = { type: 'ephemeral' };
    expect(bodyOf({ cache_control: marker })['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: marker }] },
    ]);
    const own = [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral', ttl: '1h' } }];
    expect(bodyOf({ cache_control: marker, messages: [{ role: 'user', content: own }] })['messages']).toEqual([
      { role: 'user', content: own },
    ]);
  });

  test('may have as many blocks as a body can hold', () => {
    const blocks = Array.from({ length: 200_000 }, () => ({ type: 'text', text: 'x' }));
    const nested = { type: 'document', source: { type: 'content', content: blocks } };
    const turns = messagesOf({ role: 'user', content: [nested] }, { role: 'user', content: blocks.slice(0, 5) });
    expect(turns).toEqual([{ role: 'user', content: expect.any(Array) }]);
    expect(JSON.stringify(turns)).toContain('"x"');
  });
});
