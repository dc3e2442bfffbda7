import { parseCatalog } from '../../src/catalog/parse-catalog.ts';
import { candidatesOf, modelsOfRoute, resolveModel } from '../../src/catalog/resolve.ts';
import type { Catalog } from '../../src/catalog/schema.ts';
import type { Bindable } from '../../src/gateway/bound/bindable.ts';
import { type ChatCall, readChatCall } from '../../src/protocols/chat/request.ts';

const encoder = new TextEncoder();

/** A call with this body. A text is the body itself, anything else becomes JSON. */
export function chatCall(body: unknown): ChatCall {
  return readChatCall(encoder.encode(typeof body === 'string' ? body : JSON.stringify(body)));
}

export const hello = [{ role: 'user', content: 'Hello' }];

export function testCatalog(document: unknown): Catalog {
  const parsed = parseCatalog(document, { allowPrivateUpstreams: true });
  if (parsed.kind === 'invalid') throw new Error(`a test's catalog is wrong: ${JSON.stringify(parsed.issues)}`);
  return parsed.catalog;
}

/** All candidates for a name, in order, whether or not they may or can serve it. */
export function candidates(catalog: Catalog, name: string): Bindable[] {
  const resolution = resolveModel(catalog, name);
  if (resolution.kind === 'unknown-model') throw new Error(`${name} is ${resolution.kind}`);
  const all =
    resolution.kind === 'resolved'
      ? resolution.candidates
      : modelsOfRoute(catalog, resolution.route).flatMap((model) => candidatesOf(catalog, model));
  return all.map((candidate) => {
    const provider = catalog.providers.get(candidate.target.provider);
    if (provider === undefined) throw new Error(`there is no provider ${candidate.target.provider}`);
    return { candidate, provider };
  });
}

const sizes = { contextTokens: 10_000, maxOutputTokens: 4000, defaultOutputTokens: 1000 };

/** Two servers, and echo; models with every sort of price. */
export const document = {
  providers: {
    one: {
      kind: 'openai',
      baseUrl: 'https://one.example/v1',
      secret: 'ONE_KEY',
      neutralParams: ['top_k', 'best_of', 'messages.weight'],
    },
    two: {
      kind: 'openai',
      secret: 'TWO_KEY',
      quirks: { outputCap: 'max_tokens', streamUsage: false, minOutput: 16 },
      endpoints: [
        { name: 'east', baseUrl: 'https://east.example/v1', secret: 'EAST_KEY', weight: 3 },
        { name: 'west', baseUrl: 'https://west.example/v1', secret: 'WEST_KEY' },
      ],
    },
    echo: { kind: 'echo' },
    later: { kind: 'anthropic', baseUrl: 'https://later.example', secret: 'LATER_KEY' },
  },
  models: {
    plain: {
      ...sizes,
      targets: [{ provider: 'one', model: 'plain-1' }],
      price: { input: '1', output: '2' },
      aliases: ['p'],
    },
    both: {
      ...sizes,
      targets: [
        { provider: 'one', model: 'both' },
        { provider: 'two', model: 'vendor/both', price: { input: '3', output: '5', request: '0.001' } },
      ],
      price: { input: '1', output: '8' },
    },
    unpriced: { ...sizes, targets: [{ provider: 'one', model: 'unpriced' }] },
    free: { ...sizes, targets: [{ provider: 'one', model: 'free' }], price: { input: '0', output: '0' } },
    seeing: {
      ...sizes,
      input: ['text', 'image'],
      imageTokens: 1500,
      targets: [{ provider: 'one', model: 'seeing' }],
      price: { input: '1', output: '2', image: '0.01' },
    },
    hearing: {
      ...sizes,
      input: ['text', 'image', 'audio'],
      targets: [{ provider: 'one', model: 'hearing' }],
      price: { input: '1', output: '2', audioInput: '40', audioOutput: '80' },
    },
    stepped: {
      ...sizes,
      targets: [{ provider: 'one', model: 'stepped' }],
      price: {
        input: '1',
        output: '2',
        cacheWrite5m: '1.25',
        above: [{ inputTokens: 2000, input: '2', output: '3' }],
        serviceTiers: { priority: { input: '4', output: '8' }, flex: { input: '0.5', output: '1' } },
      },
    },
    tuned: {
      ...sizes,
      targets: [{ provider: 'one', model: 'tuned' }],
      price: { input: '1', output: '2' },
      params: { temperature: 1, n: 2 },
    },
    odd: {
      ...sizes,
      targets: [{ provider: 'one', model: 'odd' }],
      price: { input: '1', output: '2' },
      params: { mystery: 1 },
    },
    small: { ...sizes, targets: [{ provider: 'two', model: 'small' }], price: { input: '1', output: '2' } },
    echo: { ...sizes, targets: [{ provider: 'echo', model: 'echo' }], price: { input: '1', output: '2' } },
    claude: { ...sizes, targets: [{ provider: 'later', model: 'claude' }], price: { input: '1', output: '2' } },
  },
  routes: {
    safe: { strategy: 'fallback', models: ['plain', 'both'] },
    auto: { strategy: 'complexity', simple: 'plain', medium: 'plain', complex: 'both' },
  },
};

export const catalog = testCatalog(document);
