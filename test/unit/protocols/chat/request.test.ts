import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../../src/http/errors.ts';
import {
  bodyDepthMax,
  bodyFieldsMax,
  bodyNodesMax,
  choicesMax,
  messagesMax,
  requestedModelCharsMax,
  stopSequencesMax,
  toolsMax,
} from '../../../../src/limits.ts';
import { readChatCall } from '../../../../src/protocols/chat/request.ts';
import { chatCall, hello } from '../../../support/chat.ts';
import { valueText } from '../../../support/json-text.ts';

function refusal(body: unknown): { code: string; param: string | undefined; message: string } {
  try {
    chatCall(body);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { code: error.code, param: error.options.param, message: error.message };
  }
  throw new Error('it was accepted');
}

describe('a chat completion', () => {
  test('is read as it was sent', () => {
    const body = new TextEncoder().encode('{"messages":[{"role":"user","content":"é"}],"model":"m","x":{"y":[1.0]}}');
    const call = readChatCall(body);
    expect(call.body).toBe(body);
    expect(call.request).toEqual({ messages: [{ role: 'user', content: 'é' }], model: 'm', x: { y: [1] } });
    expect(call.object.members.map(({ name }) => name)).toEqual(['messages', 'model', 'x']);
  });

  test('keeps what it does not know, whatever it is', () => {
    const name = fc.string({ minLength: 1 }).filter((each) => !known.has(each));
    const known = new Set(Object.keys(whole));
    fc.assert(
      fc.property(name, valueText, (field, value) => {
        const text = `{${JSON.stringify(field)}:${value},"messages":${JSON.stringify(hello)}}`;
        expect(JSON.stringify(chatCall(text).request)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  const whole = {
    model: 'm',
    messages: [
      { role: 'system', content: 'a' },
      { role: 'developer', content: [{ type: 'text', text: 'a' }] },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'u' } }, { type: 'a new one' }] },
      { role: 'assistant', content: null, tool_calls: [] },
      { role: 'assistant', tool_calls: [] },
      { role: 'tool', content: '', tool_call_id: 'x' },
      { role: 'function', content: null, name: 'f' },
    ],
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: 1,
    max_completion_tokens: -1,
    n: 1,
    tools: [{ type: 'function' }],
    functions: [],
    stop: ['a'],
    modalities: ['text'],
    service_tier: 'auto',
    user: 'u',
    safety_identifier: 's',
    metadata: { user_id: 'u', constructor: 'c' },
  };

  test('may have every field, and any of them but the messages absent or null', () => {
    expect(chatCall(whole).request).toEqual(whole);
    expect(chatCall({ ...whole, stop: 'a' }).request.stop).toBe('a');
    for (const name of Object.keys(whole).filter((each) => each !== 'messages')) {
      expect(() => chatCall({ ...whole, [name]: null }), name).not.toThrow();
      expect(() => chatCall({ ...whole, [name]: undefined }), name).not.toThrow();
    }
  });

  test.each([
    [{}, 'messages', 'is required'],
    [{ messages: null }, 'messages', 'is required'],
    [{ messages: 'hello' }, 'messages', 'must be an array'],
    [{ messages: [] }, 'messages', 'at least one'],
    [{ messages: ['hello'] }, 'messages[0]', 'must be an object'],
    [{ messages: [...hello, null] }, 'messages[1]', 'must be an object'],
    [{ messages: [...hello, {}] }, 'messages[1].role', 'must be one of system, developer'],
    [{ messages: [{ role: 'robot', content: 'a' }] }, 'messages[0].role', 'must be one of'],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content', 'is required in a message of role user'],
    [{ messages: [{ role: 'user', content: 1 }] }, 'messages[0].content', 'must be a string or an array'],
    [{ messages: [{ role: 'user', content: {} }] }, 'messages[0].content', 'must be a string or an array'],
    [
      { messages: [{ role: 'user', content: [{ type: 'text', text: '' }, 'a'] }] },
      'messages[0].content[1]',
      "a 'type'",
    ],
    [{ messages: [{ role: 'user', content: [{ text: 'a' }] }] }, 'messages[0].content[0]', "a 'type'"],
    [{ messages: hello, model: 1 }, 'model', 'must be a string'],
    [{ messages: hello, stream: 'yes' }, 'stream', 'must be true or false'],
    [{ messages: hello, stream_options: [] }, 'stream_options', 'must be an object'],
    [{ messages: hello, max_tokens: '5' }, 'max_tokens', 'must be a number'],
    [{ messages: hello, n: 0 }, 'n', 'at least 1'],
    [{ messages: hello, n: 1.5 }, 'n', 'whole number'],
    [{ messages: hello, tools: {} }, 'tools', 'must be an array'],
    [{ messages: hello, tools: [{}, 'f'] }, 'tools[1]', 'must be an object'],
    [{ messages: hello, stop: 5 }, 'stop', 'must be a string, or an array'],
    [{ messages: hello, metadata: 'm' }, 'metadata', 'must be an object'],
  ])('is refused with the place and what is wrong: %j', (body, param, message) => {
    const refused = refusal(body);
    expect(refused).toMatchObject({ code: 'invalid_request', param });
    expect(refused.message).toContain(`'${param}' `);
    expect(refused.message).toContain(message);
  });

  test('is refused where it is no JSON object, without a word of what it says', () => {
    for (const text of [
      '',
      'secret words',
      '{"a":secret}',
      '{"messages":[{"role":"user","content":"secret}]}',
      '{"a":1,}',
    ]) {
      expect(refusal(text)).toMatchObject({ code: 'invalid_request', param: undefined });
      expect(refusal(text).message).toContain('not valid JSON');
      expect(refusal(text).message).not.toContain('secret');
    }
    for (const text of ['[]', '"a"', 'null']) expect(refusal(text).message).toBe('The body must be a JSON object.');
    expect(() => readChatCall(new Uint8Array([0x7b, 0xff, 0x7d]))).toThrow('not valid UTF-8');
  });

  test('is refused with a field twice, because servers differ on which counts', () => {
    const text = `{"messages":${JSON.stringify(hello)},"max_tokens":1,"max_tokens":100}`;
    expect(refusal(text)).toMatchObject({ code: 'invalid_request', param: 'max_tokens' });
  });

  test('is refused where it is too deep or too large to be parsed', () => {
    const deep = (depth: number) =>
      `{"messages":${JSON.stringify(hello)},"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
    expect(() => chatCall(deep(bodyDepthMax))).not.toThrow();
    expect(refusal(deep(bodyDepthMax + 1))).toMatchObject({ code: 'invalid_request' });
    const flat = `{${Array.from({ length: bodyFieldsMax + 1 }, (_, at) => `"${at}":1`).join(',')}}`;
    expect(refusal(flat)).toMatchObject({ code: 'invalid_request' });
    expect(refusal(`{"a":[${'0,'.repeat(bodyNodesMax)}0]}`)).toMatchObject({ code: 'request_too_large' });
  });

  test.each([
    ['messages', messagesMax, (length: number) => ({ messages: Array.from({ length }, () => hello[0]) })],
    ['n', choicesMax, (n: number) => ({ messages: hello, n })],
    ['model', requestedModelCharsMax, (length: number) => ({ messages: hello, model: 'm'.repeat(length) })],
    ['tools', toolsMax, (length: number) => ({ messages: hello, tools: Array.from({ length }, () => ({})) })],
    ['stop', stopSequencesMax, (length: number) => ({ messages: hello, stop: Array.from({ length }, () => 'a') })],
  ])('accepts as many %s as the bound, and refuses one more', (param, max, body) => {
    expect(() => chatCall(body(max))).not.toThrow();
    expect(refusal(body(max + 1))).toMatchObject({ code: 'invalid_request', param });
  });
});
