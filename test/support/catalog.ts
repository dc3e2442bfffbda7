import { parseCatalog } from '../../src/catalog/parse-catalog.ts';
import type { Catalog } from '../../src/catalog/schema.ts';
import type { Issue } from '../../src/http/issue.ts';

/** A document with one of each. A test spoils it or adds to it. */
export function catalogDocument(): Record<string, unknown> & {
  providers: Record<string, Record<string, unknown>>;
  models: Record<string, Record<string, unknown>>;
  routes: Record<string, Record<string, unknown>>;
} {
  return {
    providers: {
      openai: { kind: 'openai', baseUrl: 'https://api.openai.com/v1/', secret: 'OPENAI_API_KEY', billsFailures: false },
      spare: { kind: 'openai', baseUrl: 'https://spare.example.com', secret: 'SPARE_API_KEY' },
      echo: { kind: 'echo' },
    },
    models: {
      small: {
        aliases: ['s'],
        targets: [
          { provider: 'openai', model: 'small-1', cancels: true },
          { provider: 'spare', model: 'vendor/small', price: { input: '3', output: '4' } },
        ],
        price: { input: '1', output: '2' },
        contextTokens: 100_000,
        maxOutputTokens: 10_000,
      },
      large: { targets: [{ provider: 'openai', model: 'large-1' }], contextTokens: 100_000, maxOutputTokens: 5000 },
    },
    routes: { safe: { strategy: 'fallback', models: ['large', 'small'] } },
    plans: { free: { limits: [{ metric: 'usd', per: 'month', max: '5' }] } },
    emergency: null,
  };
}

export function parsedCatalog(document: unknown): Catalog {
  const result = parseCatalog(document, { allowPrivateUpstreams: false });
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.issues));
  return result.catalog;
}

export function catalogIssues(document: unknown, allowPrivateUpstreams = false): readonly Issue[] {
  const result = parseCatalog(document, { allowPrivateUpstreams });
  return result.kind === 'invalid' ? result.issues : [];
}
