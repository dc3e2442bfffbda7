import { type BoundAttempt, type Bounding, boundAttempts } from '../../src/gateway/bound/bound.ts';
import type { Bindable, BoundOptions } from '../../src/gateway/bound/bindable.ts';
import type { Catalog } from '../../src/catalog/schema.ts';
import { prepareBody } from '../../src/gateway/bound/body-edits.ts';
import { protocols } from '../../src/protocols/protocols.ts';
import type { ProtocolName } from '../../src/protocols/protocol-call.ts';
import { limited } from './bound.ts';
import { candidates, hello, testCatalog } from './chat.ts';

/** Providers that search by themselves, one of which ignores the maximum, and calls that offer them their tools. */

export const sizes = { contextTokens: 100_000, maxOutputTokens: 5000, defaultOutputTokens: 1000, tools: true };
const price = { input: '1', output: '2', webSearch: '0.01' };
export const document = (more: object = {}) => ({
  providers: {
    keeps: {
      kind: 'openai',
      baseUrl: 'https://a.example',
      protocols: ['chat', 'responses'],
      quirks: { extensions: ['max_tool_calls'] },
    },
    ignores: { kind: 'openai', baseUrl: 'https://b.example', protocols: ['chat', 'responses'] },
    claude: { kind: 'anthropic', baseUrl: 'https://c.example' },
  },
  models: Object.fromEntries(
    ['keeps', 'ignores', 'claude'].map((provider) => [
      provider,
      { ...sizes, price, targets: [{ provider, model: provider }], ...more },
    ]),
  ),
});
export const catalog = testCatalog(document());
export const priceless = testCatalog(document({ price: { input: '1', output: '2' } }));
export const narrow = testCatalog(document({ searchTokens: 2000 }));

export const search = { type: 'web_search' };
export const claudeSearch = { type: 'web_search_20250305', name: 'web_search' };
export const own = { type: 'function', name: 'shell', parameters: {} };
export const claudeOwn = { name: 'bash', input_schema: { type: 'object' } };
export const agent = { tools: [own, search], tool_choice: 'auto', parallel_tool_calls: true };
export const claudeAgent = { tools: [claudeOwn, claudeSearch] };

export type Of = readonly [protocol: ProtocolName, model: string, fields: object, options?: BoundOptions, of?: Catalog];

export function boundingOf(...[protocol, model, fields, options = limited, of = catalog]: Of): Bounding<Bindable> {
  const prompt = protocol === 'responses' ? { input: 'Hello' } : { messages: hello };
  const body = { model, ...prompt, ...(protocol === 'messages' ? { max_tokens: 500 } : {}), ...fields };
  return boundAttempts(
    protocols[protocol].read(new TextEncoder().encode(JSON.stringify(body))),
    candidates(of, model),
    options,
  );
}

export function attemptOf(...of: Of): BoundAttempt<Bindable> {
  const bounding = boundingOf(...of);
  if (bounding.kind === 'refused') throw bounding.error;
  return bounding.attempts[0];
}

export function sent(...of: Of): Record<string, unknown> {
  const planned = attemptOf(...of);
  return JSON.parse(new TextDecoder().decode(prepareBody(planned, planned.attempt, undefined))) as Record<
    string,
    unknown
  >;
}

export function refusalOf(...of: Of) {
  const bounding = boundingOf(...of);
  if (bounding.kind !== 'refused') throw new Error('it was bounded');
  return { code: bounding.error.code, param: bounding.error.options.param };
}
