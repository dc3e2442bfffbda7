import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { providerSite } from '../../../src/catalog/provider-site.ts';
import { ProviderSiteSchema } from '../../../src/core/breaker/provider-site.ts';
import { namesSoughtMax } from '../../../src/limits.ts';
import { catalogDocument, parsedCatalog } from '../../support/catalog.ts';

describe('what is told of a provider', () => {
  const document = catalogDocument();
  Object.assign(document.providers['openai'] ?? {}, { healthCheck: { path: '/models' }, headers: { 'x-title': 't' } });

  it('is where its endpoints are, the names of their secrets, and what it is asked', () => {
    const site = providerSite(parsedCatalog(document), 'openai');
    expect(site).toEqual({
      catalogVersion: 0,
      kind: 'openai',
      endpoints: [{ name: 'default', baseUrl: 'https://api.openai.com/v1', secret: 'OPENAI_API_KEY' }],
      headers: { 'x-title': 't' },
      check: { path: '/models', everyMs: 30_000 },
      models: ['small-1', 'large-1'],
    });
    expect(v.safeParse(ProviderSiteSchema, site).success).toBe(true);
  });

  it('has no names of models where no list of them is asked for', () => {
    expect(providerSite(parsedCatalog(document), 'spare')).toMatchObject({ models: [] });
    expect(providerSite(parsedCatalog(document), 'spare')).not.toHaveProperty('check');
    const other = structuredClone(document);
    Object.assign(other.providers['openai'] ?? {}, { healthCheck: { path: '/health' } });
    expect(providerSite(parsedCatalog(other), 'openai')).toMatchObject({ models: [], check: { path: '/health' } });
  });

  it('has so many names, and no more', () => {
    const many = structuredClone(document);
    const model = { ...many.models['small'], aliases: [] };
    for (let index = 0; index <= namesSoughtMax; index += 1) {
      many.models[`m${index}`] = { ...model, targets: [{ provider: 'openai', model: `m${index}` }] };
    }
    const site = providerSite(parsedCatalog(many), 'openai');
    expect(site?.models).toHaveLength(namesSoughtMax);
    expect(v.safeParse(ProviderSiteSchema, site).success).toBe(true);
  });

  it('is nothing of one that has no endpoints of its own, or that there is not', () => {
    expect(providerSite(parsedCatalog(document), 'echo')).toBeUndefined();
    expect(providerSite(parsedCatalog(document), 'nobody')).toBeUndefined();
  });
});
