import { type ProviderSite, listsModels } from '../core/breaker/provider-site.ts';
import { namesSoughtMax } from '../limits.ts';
import type { Catalog } from './schema.ts';

/** What a ProviderHealth object needs to know of its provider. Undefined for a provider without endpoints. */
export function providerSite(catalog: Catalog, name: string): ProviderSite | undefined {
  const provider = catalog.providers.get(name);
  if (provider?.kind !== 'openai' && provider?.kind !== 'anthropic') return undefined;
  const { kind, endpoints, headers, healthCheck } = provider;
  return {
    catalogVersion: catalog.version,
    kind,
    endpoints: endpoints.map(({ name: endpoint, baseUrl, secret }) => ({
      name: endpoint,
      baseUrl,
      ...(secret === undefined ? {} : { secret }),
    })),
    headers,
    ...(healthCheck === undefined ? {} : { check: healthCheck }),
    models: healthCheck !== undefined && listsModels(healthCheck.path) ? namesAt(catalog, name) : [],
  };
}

function namesAt(catalog: Catalog, provider: string): string[] {
  const targets = [...catalog.models.values()].flatMap((model) => model.targets);
  const names = new Set(targets.filter((target) => target.provider === provider).map(({ model }) => model));
  return [...names].slice(0, namesSoughtMax);
}
