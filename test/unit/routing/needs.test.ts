import { describe, expect, test } from 'vitest';
import { measurePrompt } from '../../../src/protocols/chat/prompt.ts';
import { type Needs, needsOf } from '../../../src/core/routing/needs.ts';
import type { Prompt } from '../../../src/protocols/prompt.ts';
import type { ProtocolName } from '../../../src/protocols/protocol-call.ts';
import { chatCall, hello } from '../../support/chat.ts';

function ofChat(body: object): Needs {
  const call = chatCall({ messages: hello, ...body });
  return needsOf(call, measurePrompt(call));
}

const text: Prompt = { textBytes: 4000, usesTools: false, media: new Map(), unknown: [] };

function of(protocol: ProtocolName, request: Record<string, unknown>, prompt: Partial<Prompt> = {}): Needs {
  return needsOf({ protocol, request }, { ...text, ...prompt });
}

const user = (content: unknown) => [{ role: 'user', content }];

describe('what a request needs', () => {
  test('is nothing but room where it is a plain conversation', () => {
    const needs = ofChat({});
    expect(needs).toMatchObject({ tools: undefined, structuredOutput: undefined, outputTokens: undefined });
    expect(needs.media.size).toBe(0);
    expect(needs.input.words()).toBe(1);
  });

  test('is what its parts are, with the place of the first of each sort', () => {
    const parts = [
      { type: 'text', text: 'Look' },
      { type: 'image_url', image_url: { url: 'https://a.example/b' } },
    ];
    expect(ofChat({ messages: user(parts) }).media.get('image')).toMatchObject({
      count: 1,
      param: 'messages[0].content[1].type',
    });
  });

  test('is tools, under the name that the client gave them', () => {
    expect(ofChat({ tools: [{ type: 'function', function: { name: 'f' } }] }).tools).toBe('tools');
    expect(ofChat({ functions: [{ name: 'f' }] }).tools).toBe('functions');
    expect(ofChat({ tools: [] }).tools).toBeUndefined();
    expect(of('messages', { tools: [{ name: 'f' }] }, { usesTools: true }).tools).toBe('tools');
  });

  test('is an answer that keeps to a schema, in the words of each protocol; any JSON can be asked of any model', () => {
    const format = { type: 'json_schema', name: 'n', schema: {} };
    expect(ofChat({ response_format: { type: 'json_schema', json_schema: {} } }).structuredOutput).toBe(
      'response_format',
    );
    expect(ofChat({ response_format: { type: 'json_object' } }).structuredOutput).toBeUndefined();
    expect(of('responses', { text: { format } }).structuredOutput).toBe('text.format');
    expect(of('messages', { output_config: { format } }).structuredOutput).toBe('output_config.format');
    expect(of('messages', { output_format: format }).structuredOutput).toBe('output_format');
    expect(of('embeddings', { text: { format } }).structuredOutput).toBeUndefined();
  });

  test('is the lower of two output caps', () => {
    expect(ofChat({ max_tokens: 9, max_completion_tokens: 7 }).outputTokens).toBe(7);
    expect(of('responses', { max_output_tokens: 5 }).outputTokens).toBe(5);
    expect(of('messages', { max_tokens: 3 }).outputTokens).toBe(3);
  });
});

describe('the words of an input', () => {
  test('are those that a model reads, wherever they stand, and not the names around them', () => {
    const calls = [{ id: 'call one', type: 'function', function: { name: 'the name', arguments: '{"a": "b c"}' } }];
    const messages = [
      { role: 'system', content: 'one two' },
      { role: 'user', content: [{ type: 'text', text: ' three  four\n' }] },
      { role: 'assistant', content: null, tool_calls: calls, reasoning_content: 'not these words' },
    ];
    expect(ofChat({ messages }).input.words()).toBe(2 + 2 + 3);
    const input = [
      { role: 'user', content: [{ type: 'input_text', text: 'one two' }] },
      { type: 'message', content: ' x y' },
    ];
    expect(of('responses', { instructions: 'be brief\n', input }).input.words()).toBe(6);
    expect(of('responses', { input: 'one two three' }).input.words()).toBe(3);
    const result = { type: 'tool_result', tool_use_id: 'a b', content: [{ type: 'text', text: ' four five' }] };
    expect(of('messages', { system: [{ type: 'text', text: 'six' }], messages: user([result]) }).input.words()).toBe(3);
  });

  test('begin in one text and may end in the next: a server may put them together with nothing in between', () => {
    const parts = ['on', 'e', ' tw', 'o'].map((part) => ({ type: 'text', text: part }));
    expect(ofChat({ messages: user(parts) }).input.words()).toBe(2);
    expect(of('messages', { messages: user(parts) }).input.words()).toBe(2);
  });

  test('do not hold a file, however long it is', () => {
    const source = { type: 'base64', media_type: 'a b', data: 'x '.repeat(50) };
    expect(of('messages', { messages: user([{ type: 'image', source }]) }).input.words()).toBe(0);
  });

  test('are none where the server may leave some of them out', () => {
    for (const field of [{ truncation: 'auto' }, { context_management: {} }, { transforms: ['middle-out'] }]) {
      expect(of('responses', { input: 'one two', ...field }).input.words()).toBe(0);
    }
    expect(of('responses', { input: 'one two', truncation: 'disabled' }).input.words()).toBe(2);
  });

  test('are of embeddings those of the longest input: each is read by itself', () => {
    const { input, generates } = of('embeddings', { input: ['one two three', 'four', 'é'] });
    expect(input.words()).toBe(3);
    expect(input.tokensMost).toBe(39);
    expect(generates).toBe(false);
    expect(of('embeddings', { input: [1, 2, 3, 4] }).input).toMatchObject({ tokensMost: 4 });
    expect(of('embeddings', { input: [[1, 2, 3], [4]] }).input).toMatchObject({ tokensMost: 3 });
  });
});

describe('the size of an input', () => {
  test('is about a quarter of the bytes that are text, and as much as that for an image as most models count', () => {
    expect(of('chat', {}).inputTokens).toBe(1000);
    const image = new Map([['image', { count: 2, param: 'p', sourceBytes: 3000 }]] as const);
    expect(of('chat', {}, { media: image }).inputTokens).toBe(250 + 2000);
    expect(of('chat', {}, { media: image }).input.tokensMost).toBe(Infinity);
  });

  test('is not guessed where nobody can tell a file from the text around it', () => {
    const audio = new Map([['audio', { count: 1, param: 'p', sourceBytes: 0 }]] as const);
    expect(of('chat', {}, { media: audio }).inputTokens).toBe(0);
  });
});
