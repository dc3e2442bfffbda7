import { describe, expect, test } from 'vitest';
import type { Bindable } from '../../../src/gateway/bound.ts';
import { encodeCall } from '../../../src/gateway/encode-call.ts';
import { type AnyCall, readCall } from '../../../src/gateway/wires.ts';
import { GatewayError } from '../../../src/http/errors.ts';
import type { WireName } from '../../../src/wire/wire-call.ts';
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

function askedOf(wire: WireName, model: string, body: object): AnyCall | GatewayError {
  const asked = readCall(wire, new TextEncoder().encode(JSON.stringify({ model, ...body })));
  const encoded = encodeCall(asked, targetOf(model));
  return encoded instanceof GatewayError ? encoded : encoded.call;
}

function sent(wire: WireName, model: string, body: object): Readonly<Record<string, unknown>> {
  const call = askedOf(wire, model, body);
  if (call instanceof GatewayError) throw call;
  return { ...call.request };
}

function refusedParam(wire: WireName, model: string, body: object): string | undefined {
  const call = askedOf(wire, model, body);
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
