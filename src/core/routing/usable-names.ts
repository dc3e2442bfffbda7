import { type Candidate, candidatesOf, modelsOfRoute, resolveModel } from '../../catalog/resolve.ts';
import type { Catalog, Provider } from '../../catalog/schema.ts';
import type { Endpoint } from '../ledger/limit.ts';
import { type Caller, denialOf } from './permission.ts';
import { candidateProtocol } from './target-protocol.ts';

export interface Offer {
  readonly catalog: Catalog;
  readonly isOn: (provider: Provider) => boolean;
}

const endpoints: readonly Endpoint[] = ['chat', 'responses', 'messages', 'embeddings'];

/**
 * Who serves a name for this caller at any of the endpoints, if all are well; in order of preference for the name of a
 * model. Nobody, if the caller may not use it.
 */
export function servers(caller: Caller, { catalog, isOn }: Offer, name: string): readonly Candidate[] {
  return candidatesFor(catalog, name).filter((candidate) => {
    const provider = catalog.providers.get(candidate.target.provider);
    if (provider === undefined || !isOn(provider)) return false;
    const isServed = endpoints.some((endpoint) => candidateProtocol(endpoint, provider, candidate) !== undefined);
    return isServed && denialOf(caller, candidate, provider) === undefined;
  });
}

/** The models and routes that this caller may use, in the catalog's order. */
export function usableNames(caller: Caller, offer: Offer): readonly string[] {
  const names = [...offer.catalog.models.keys(), ...offer.catalog.routes.keys()];
  return [...new Set(names)].filter((name) => servers(caller, offer, name).length > 0);
}

function candidatesFor(catalog: Catalog, name: string): readonly Candidate[] {
  const resolution = resolveModel(catalog, name);
  switch (resolution.kind) {
    case 'resolved':
      return resolution.candidates;
    case 'route':
      return modelsOfRoute(catalog, resolution.route).flatMap((model) => candidatesOf(catalog, model));
    case 'unknown-model':
      return [];
  }
}
