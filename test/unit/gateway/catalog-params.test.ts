import { describe, expect, test } from 'vitest';
import { boundAttempts } from '../../../src/gateway/bound/bound.ts';
import { prepareBody } from '../../../src/gateway/bound/body-edits.ts';
import { protocols } from '../../../src/protocols/protocols.ts';
import { candidates, testCatalog } from '../../support/chat.ts';
import { limited } from '../../support/bound.ts';

type Protocol = 'messages' | 'responses';
const bodies: Readonly<Record<Protocol, object>> = {
  messages: { max_tokens: 10, messages: [{ role: 'user', content: 'Hello' }] },
  responses: { max_output_tokens: 20, input: 'Hello' },
};

/** What is bounded of a call of a model for which the catalog adds something. */
function bounding(protocol: Protocol, params: object, more: object = {}) {
  const sizes = { contextTokens: 100_000, maxOutputTokens: 4000, price: { input: '1', output: '2' } };
  const provider =
    protocol === 'messages'
      ? { kind: 'anthropic' }
      : { kind: 'openai', protocols: ['chat', 'responses', 'embeddings'] };
  const catalog = testCatalog({
    providers: { one: { ...provider, baseUrl: 'https://one.example' } },
    models: { served: { ...sizes, targets: [{ provider: 'one', model: 'served-1' }], params } },
  });
  const body = new TextEncoder().encode(JSON.stringify({ model: 'served', ...bodies[protocol], ...more }));
  return boundAttempts(protocols[protocol].read(body), candidates(catalog, 'served'), limited);
}

function fixedTokens(protocol: Protocol, params: object): number {
  const bound = bounding(protocol, params);
  if (bound.kind === 'refused') throw bound.error;
  return bound.attempts[0].bound.fixedTokens;
}

const long = 'Mind the weir. '.repeat(1000);

describe('what the catalog adds to requests', () => {
  test.each([
    ['messages', 'system', long],
    ['responses', 'instructions', long],
    ['responses', 'text', { format: { type: 'json_schema', name: 'it', schema: { description: long } } }],
  ] as const)('is in the bound where it is put in: %s.%s', (protocol, name, value) => {
    expect(fixedTokens(protocol, { [name]: value }) - fixedTokens(protocol, {})).toBeGreaterThanOrEqual(long.length);
  });

  test('is refused as the catalog’s fault where it is none that the protocol knows', () => {
    expect(bounding('responses', { text: long })).toMatchObject({
      kind: 'refused',
      error: {
        code: 'configuration_error',
        message: "The catalog adds 'text' to requests for served, but 'text' must be an object.",
      },
    });
  });

  test('binds as a client’s own would: a budget for thinking is kept below the cap that is granted', () => {
    const bound = bounding('messages', { thinking: { type: 'enabled', budget_tokens: 3000 } }, { max_tokens: 4000 });
    if (bound.kind === 'refused') throw bound.error;
    const sent = new TextDecoder().decode(prepareBody(bound.attempts[0], bound.attempts[0].attempt, 2000));
    expect(JSON.parse(sent)).toMatchObject({ max_tokens: 2000, thinking: { type: 'enabled', budget_tokens: 1500 } });
  });

  test('is judged by its value where the client’s own is', () => {
    const refused = (param: string) => ({ kind: 'refused', error: { code: 'unbounded_cost', options: { param } } });
    expect(bounding('messages', { speed: 'fast' })).toMatchObject(refused('speed'));
    expect(bounding('messages', { speed: 'standard' }).kind).toBe('bounded');
    expect(bounding('messages', { inference_geo: 'us' })).toMatchObject(refused('inference_geo'));
    expect(bounding('responses', { reasoning: { mode: 'pro' } })).toMatchObject(refused('reasoning.mode'));
    expect(bounding('responses', { reasoning: { effort: 'low' } }).kind).toBe('bounded');
  });

  test('is refused where it puts in what only the server knows, or has the provider run tools', () => {
    const refused = (param: string) => ({ kind: 'refused', error: { code: 'unbounded_cost', options: { param } } });
    expect(bounding('responses', { previous_response_id: 'resp_1' })).toMatchObject(refused('previous_response_id'));
    expect(bounding('responses', { tools: [{ type: 'function', name: 'f' }] }).kind).toBe('bounded');
    expect(bounding('responses', { tools: [{ type: 'file_search' }] })).toMatchObject(refused('tools.file_search'));
    expect(bounding('messages', { tools: [{ name: 'f', input_schema: {} }] }).kind).toBe('bounded');
    expect(bounding('messages', { tools: [{ type: 'memory_20250818' }] })).toMatchObject(
      refused('tools.memory_20250818'),
    );
  });
});
