import type { Catalog } from '../../src/catalog/schema.ts';
import { testCatalog } from './chat.ts';

const sizes = { contextTokens: 10_000, maxOutputTokens: 4000, defaultOutputTokens: 1000 };

/** A model of a server of its own, `at-<name>`. */
function model(name: string, more: Record<string, unknown> = {}): [string, Record<string, unknown>] {
  return [name, { ...sizes, targets: [{ provider: `at-${name}`, model: name }], ...more }];
}

const all = [
  model('tiny', { price: { input: '0.1', output: '0.2' }, tier: 'budget' }),
  model('small', { price: { input: '1', output: '2' }, tier: 'standard' }),
  model('seeing', { price: { input: '2', output: '4' }, tier: 'standard', input: ['text', 'image'], tools: true }),
  model('wide', { price: { input: '3', output: '3' }, tier: 'standard', contextTokens: 1_000_000 }),
  model('unpriced', { tier: 'standard' }),
  model('vectors', { price: { input: '0.01', output: '0' }, tier: 'standard', endpoints: ['embeddings'] }),
];

const server = (name: string) => ({ baseUrl: `https://${name}.example`, secret: 'A_KEY' });

/** Models that differ in price, size and abilities, each at a server of its own, and the routes of a test. */
export function routesCatalog(routes: Record<string, unknown>, models: Record<string, unknown> = {}): Catalog {
  const names = all.map(([name]) => name);
  return testCatalog({
    providers: {
      ...Object.fromEntries(names.map((name) => [`at-${name}`, { kind: 'openai', ...server(name) }])),
      many: {
        kind: 'openai',
        endpoints: ['east', 'west', 'north'].map((name) => ({ name, ...server(name) })),
      },
    },
    models: { ...Object.fromEntries(all), ...models },
    routes,
  });
}
