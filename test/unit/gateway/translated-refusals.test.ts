import { describe, expect, test } from 'vitest';
import type { Bindable } from '../../../src/gateway/bound/bindable.ts';
import { encodeCall } from '../../../src/gateway/bound/encode-call.ts';
import { type AnyCall, protocols } from '../../../src/protocols/protocols.ts';
import { GatewayError } from '../../../src/http/errors.ts';
import type { ProtocolName } from '../../../src/protocols/protocol-call.ts';
import { candidates, testCatalog } from '../../support/chat.ts';

const sizes = { contextTokens: 10_000, maxOutputTokens: 4000, defaultOutputTokens: 1000 };
const chatOnly = { kind: 'openai', baseUrl: 'https://chat.example/v1', secret: 'A_KEY', protocols: ['chat'] };
const catalog = testCatalog({
  providers: {
    chatty: chatOnly,
    fetching: { ...chatOnly, quirks: { extensions: ['file_url'] } },
    claude: { kind: 'anthropic', baseUrl: 'https://claude.example', secret: 'B_KEY' },
  },
  models: {
    chatty: { ...sizes, targets: [{ provider: 'chatty', model: 'chatty-1' }] },
    fetching: { ...sizes, targets: [{ provider: 'fetching', model: 'fetching-1' }] },
    claude: { ...sizes, targets: [{ provider: 'claude', model: 'claude-sonnet-5' }] },
  },
});

function targetOf(model: string): Bindable {
  const [target] = candidates(catalog, model);
  if (target === undefined) throw new Error(`nothing serves ${model}`);
  return target;
}

function askedOf(protocol: ProtocolName, model: string, body: object): AnyCall | GatewayError {
  const asked = protocols[protocol].read(new TextEncoder().encode(JSON.stringify({ model, ...body })));
  const encoded = encodeCall(asked, targetOf(model));
  return encoded instanceof GatewayError ? encoded : encoded.call;
}

function sent(protocol: ProtocolName, model: string, body: object): Readonly<Record<string, unknown>> {
  const call = askedOf(protocol, model, body);
  if (call instanceof GatewayError) throw call;
  return { ...call.request };
}

function refusedParam(protocol: ProtocolName, model: string, body: object): string | undefined {
  const call = askedOf(protocol, model, body);
  if (!(call instanceof GatewayError)) throw new Error('it was encoded');
  expect(call.code).toBe('unsupported_parameter');
  return call.options.param;
}

const url = 'https://a.example/b.pdf';
const inMessages = {
  max_tokens: 9,
  messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'url', url } }] }],
};
const inInput = { input: [{ role: 'user', content: [{ type: 'input_file', file_url: url }] }] };

describe('a picture or a file that no user shows', () => {
  const image = { type: 'image', source: { type: 'url', url: 'https://a.example/a.png' } };
  const part = { type: 'image_url', image_url: { url: 'https://a.example/a.png' } };
  const item = { type: 'input_image', image_url: 'https://a.example/a.png' };
  const said = { role: 'user', content: 'What is it?' };

  test.each<[string, ProtocolName, string, object]>([
    [
      'messages[0].content[0].type',
      'messages',
      'chatty',
      { messages: [{ role: 'assistant', content: [image] }, said] },
    ],
    ['messages[1].content[0].type', 'messages', 'chatty', { messages: [said, { role: 'system', content: [image] }] }],
    ['input[0].content', 'responses', 'chatty', { input: [{ role: 'developer', content: [item] }] }],
    ['input[0].content', 'responses', 'claude', { input: [{ role: 'system', content: [item] }, said] }],
    ['messages[0].content', 'chat', 'claude', { messages: [{ role: 'system', content: [part] }, said] }],
  ])('is refused, since it would be upstream: %s', (param, protocol, model, body) => {
    expect(refusedParam(protocol, model, protocol === 'messages' ? { max_tokens: 9, ...body } : body)).toBe(param);
  });

  test('is taken as a result of a tool, which Claude is shown as it is, and others beside it', () => {
    const called = { type: 'function_call', call_id: 'c', name: 'look', arguments: '{}' };
    const input = [called, { type: 'function_call_output', call_id: 'c', output: [item] }];
    expect(sent('responses', 'chatty', { input })['messages']).toEqual([
      expect.objectContaining({ role: 'assistant' }),
      { role: 'tool', tool_call_id: 'c', content: 'The result follows in the next message.' },
      { role: 'user', content: [{ type: 'text', text: 'From the result of the call c:' }, part] },
    ]);
    expect(sent('responses', 'claude', { input })['messages']).toContainEqual({
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 'c', content: [image] }],
    });
  });
});

describe('the address of a file', () => {
  test('is not sent as if it were what is in the file', () => {
    expect(refusedParam('messages', 'chatty', inMessages)).toBe('messages');
    expect(refusedParam('responses', 'chatty', inInput)).toBe('input');
  });

  test('goes to servers that take one', () => {
    expect(JSON.stringify(sent('messages', 'fetching', inMessages))).toContain(`"file_data":"${url}"`);
    expect(JSON.stringify(sent('responses', 'claude', inInput))).toContain(`{"type":"url","url":"${url}"}`);
  });
});

test.each([
  [{ top_logprobs: 2 }, 'top_logprobs'],
  [{ include: ['message.output_text.logprobs'] }, 'include'],
  [{ text: { format: { type: 'json_schema', name: 'x', strict: true, schema: { $ref: '#' } } } }, 'text.format.schema'],
  [{ input: [{ role: 'user', content: ' ' }] }, 'input'],
])('of %j Claude is not asked, and the refusal names a field of the Responses API', (body, param) => {
  expect(refusedParam('responses', 'claude', { input: 'Hi', ...body })).toBe(param);
});
