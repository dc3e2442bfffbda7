import { describe, expect, test } from 'vitest';
import { ToolIds } from '../../../src/protocols/translate/chat-to-messages/ids.ts';
import { chatBodyOfMessages } from '../../../src/protocols/translate/messages-to-chat/request.ts';
import { noQuirks } from '../../../src/catalog/quirks.ts';
import { protocols } from '../../../src/protocols/protocols.ts';
import { GatewayError } from '../../../src/http/errors.ts';
import {
  chatToolNameCharsMax,
  messagesCalledNameCharsMax,
  messagesToolNameCharsMax,
  responsesToolNameCharsMax,
  toolCallIdCharsMax,
} from '../../../src/limits.ts';
import { plainChatBody } from '../../../src/protocols/chat/plain-chat.ts';
import { chatTools } from '../../../src/protocols/responses/tools.ts';
import { writtenResponsesCall } from '../../../src/protocols/responses/request.ts';
import { writtenMessagesCall } from '../../../src/protocols/messages/request.ts';
import type { ProtocolName } from '../../../src/protocols/protocol-call.ts';
import { hello } from '../../support/chat.ts';

// A name may be put in more than once where the body has it once, so that none is longer than its protocol allows.

function refusal(protocol: ProtocolName, body: object): GatewayError | undefined {
  try {
    protocols[protocol].read(new TextEncoder().encode(JSON.stringify({ model: 'm', ...body })));
    return undefined;
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
}

const talk = (message: object) => ({ messages: [...hello, message] });
const calls = (call: object) => talk({ role: 'assistant', content: null, tool_calls: [{ id: 'c' }, call] });
const turn = (block: object) => ({ max_tokens: 9, messages: [...hello, { role: 'assistant', content: [block] }] });
const asking = { max_tokens: 9, messages: hello };
const input = (item: object) => ({ input: [{ role: 'user', content: 'x' }, item] });
const [ofChat, ofResponses, ofMessages, called] = [
  chatToolNameCharsMax,
  responsesToolNameCharsMax,
  messagesToolNameCharsMax,
  messagesCalledNameCharsMax,
];

describe('the name of a tool', () => {
  test.each<[ProtocolName, string, number, (name: string) => object]>([
    ['chat', 'tools[0].function.name', ofChat, (name) => ({ messages: hello, tools: [{ function: { name } }] })],
    ['chat', 'tools[0].custom.name', ofChat, (name) => ({ messages: hello, tools: [{ custom: { name } }] })],
    ['chat', 'functions[0].name', ofChat, (name) => ({ messages: hello, functions: [{ name }] })],
    ['chat', 'tool_choice.function.name', ofChat, (name) => ({ messages: hello, tool_choice: { function: { name } } })],
    ['chat', 'function_call.name', ofChat, (name) => ({ messages: hello, function_call: { name } })],
    ['chat', 'messages[1].tool_calls[1].function.name', ofChat, (name) => calls({ function: { name } })],
    ['chat', 'messages[1].tool_calls[1].custom.name', ofChat, (name) => calls({ custom: { name } })],
    [
      'chat',
      'messages[1].function_call.name',
      ofChat,
      (name) => talk({ role: 'assistant', content: '', function_call: { name } }),
    ],
    ['chat', 'messages[1].name', ofChat, (name) => talk({ role: 'tool', content: '', name })],
    ['chat', 'messages[1].name', ofChat, (name) => talk({ role: 'function', content: '', name })],
    ['messages', 'tools[0].name', ofMessages, (name) => ({ ...asking, tools: [{ name }] })],
    ['messages', 'tool_choice.name', ofMessages, (name) => ({ ...asking, tool_choice: { type: 'tool', name } })],
    ['messages', 'messages[1].content[0].name', called, (name) => turn({ type: 'tool_use', id: 't', name, input: {} })],
    ['responses', 'tools[0].name', ofResponses, (name) => ({ input: 'x', tools: [{ type: 'function', name }] })],
    [
      'responses',
      'tools[0].tools[0].name',
      ofResponses,
      (name) => ({ input: 'x', tools: [{ type: 'namespace', name: 'n', tools: [{ name }] }] }),
    ],
    ['responses', 'tool_choice.name', ofResponses, (name) => ({ input: 'x', tool_choice: { type: 'function', name } })],
    [
      'responses',
      'tool_choice.tools[0].name',
      ofResponses,
      (name) => ({ input: 'x', tool_choice: { type: 'allowed_tools', tools: [{ type: 'function', name }] } }),
    ],
    ['responses', 'input[1].name', ofResponses, (name) => input({ type: 'function_call', name })],
    ['responses', 'input[1].name', ofResponses, (name) => input({ type: 'custom_tool_call', name })],
    [
      'responses',
      'input[1].namespace',
      ofResponses,
      (namespace) => input({ type: 'function_call', name: 'f', namespace }),
    ],
    [
      'responses',
      'input[1].tools[0].name',
      ofResponses,
      (name) => input({ type: 'additional_tools', tools: [{ name }] }),
    ],
    [
      'responses',
      'input[1].tools[0].name',
      ofResponses,
      (name) => input({ type: 'tool_search_output', tools: [{ name }] }),
    ],
  ])('by %s, %s, is at most %i characters', (protocol, param, max, body) => {
    expect(refusal(protocol, body('n'.repeat(max)))).toBeUndefined();
    const refused = refusal(protocol, body('n'.repeat(max + 1)));
    expect(refused).toMatchObject({ code: 'invalid_request', status: 400, options: { param } });
    expect(refused?.message).toBe(`'${param}' must be at most ${max} characters. Give the tool a shorter name.`);
  });

  test('is nobody’s to judge here where it is none of a tool’s, or no text', () => {
    const long = 'n'.repeat(500);
    expect(refusal('chat', talk({ role: 'user', content: '', name: long }))).toBeUndefined();
    expect(refusal('chat', calls({ function: { name: [long] } }))).toBeUndefined();
    expect(refusal('responses', input({ type: 'mcp_call', name: long }))).toBeUndefined();
    expect(refusal('messages', turn({ type: 'document', name: long }))).toBeUndefined();
  });

  test.each([
    ['tools[0].name', { tools: [{ name: 'n'.repeat(65), input_schema: {} }] }],
    ['tool_choice.name', { tools: [{ name: 'f' }], tool_choice: { type: 'tool', name: 'n'.repeat(65) } }],
    [
      'messages[0].content[0].name',
      { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'n'.repeat(65), input: {} }] }] },
    ],
  ])('that only Anthropic takes is refused for others, by its own place: %s', (param, body) => {
    const { request } = writtenMessagesCall({ ...asking, ...body });
    expect(chatBodyOfMessages(request)).toMatchObject({
      kind: 'untranslatable',
      param,
      message: expect.stringContaining('at most 64 characters'),
    });
    const shorter = JSON.parse(JSON.stringify(request).replace('n'.repeat(65), 'n'.repeat(64))) as typeof request;
    expect(chatBodyOfMessages(shorter)).not.toHaveProperty('kind');
  });

  test('of the Responses API that is too long for a chat completion is a shorter one there, and itself on the way back', () => {
    const tools = ['a', 'b'].map((start) => ({ type: 'function', name: start + 'n'.repeat(127), parameters: {} }));
    const made = chatTools(writtenResponsesCall({ input: 'x', tools }).request);
    if ('kind' in made) throw new Error(made.message);
    const names = made.tools.map((tool) => (tool as { function: { name: string } }).function.name);
    expect(names).toEqual(['n'.repeat(64), `${'n'.repeat(62)}_2`]);
    expect(names.map((name) => made.names.toolOf(name).name)).toEqual(tools.map(({ name }) => name));
  });
});

describe('what stands in a body once', () => {
  test('is put in beside each result only where it is a text', () => {
    const quirks = { ...noQuirks, toolNames: 'needed' } as const;
    const call = (name: unknown) => ({
      role: 'assistant',
      content: null,
      tool_calls: [{ id: '1', function: { name } }],
    });
    const result = { role: 'tool', tool_call_id: '1', content: '' };
    expect(plainChatBody({ messages: [call({ a: 1 }), result] }, quirks)['messages']).toEqual([call({ a: 1 }), result]);
    expect(plainChatBody({ messages: [call('f'), call({}), result] }, quirks)['messages']).toMatchObject([
      {},
      {},
      result,
    ]);
  });

  test('is signed once: of calls of one id, each has its own signature', () => {
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
    const detail = (data: string) => ({ type: 'reasoning.encrypted', format: 'google-gemini-v1', id: 'c', data });
    const message = {
      role: 'assistant',
      content: null,
      tool_calls: [call, call, call],
      reasoning_details: [detail('s1'), detail('s2')],
    };
    const signed = (data: string) => ({ ...call, extra_content: { google: { thought_signature: data } } });
    const body = plainChatBody({ messages: [message] }, { ...noQuirks, extensions: ['thought_signature'] });
    expect(body['messages']).toEqual([
      { role: 'assistant', content: null, tool_calls: [signed('s1'), signed('s2'), call] },
    ]);
  });

  test('names the last call for many results, and no more than so much of it', () => {
    const ids = new ToolIds();
    const long = 'i'.repeat(toolCallIdCharsMax);
    expect(ids.called(long)).toBe(long);
    const cut = ids.called(`${long}j`);
    expect(cut).toBe(`${long}_1`);
    expect(ids.answered(undefined)).toBe(cut);
    expect([ids.answered(long), ids.answered(`${long}j`)]).toEqual([long, cut]);
  });
});
