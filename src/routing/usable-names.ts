import { type Candidate, resolveModel } from '../catalog/resolve.ts';
import type { Catalog, Provider } from '../catalog/schema.ts';
import { type Caller, denialOf } from './permission.ts';

/** What there is to be used, for a caller who asks. */
export interface Offer {
  readonly catalog: Catalog;
  readonly kinds: ReadonlySet<Provider['kind']>;
  readonly isOn: (provider: Provider) => boolean;
}

/**
 * Who would serve a name for this caller, in order of preference, as long as all are well. Nobody, if it may not use
 * it.
 */
export function servers(caller: Caller, { catalog, kinds, isOn }: Offer, name: string): readonly Candidate[] {
  const resolution = resolveModel(catalog, name);
  if (resolution.kind !== 'resolved') return [];
  return resolution.candidates.filter((candidate) => {
    const provider = catalog.providers.get(candidate.target.provider);
    if (provider === undefined || !kinds.has(provider.kind) || !isOn(provider)) return false;
    return denialOf(caller, candidate, provider) === undefined;
  });
}

/** The models and routes that this caller may use, in the catalog's order. */
export function usableNames(caller: Caller, offer: Offer): readonly string[] {
  const names = [...offer.catalog.models.keys(), ...offer.catalog.routes.keys()];
  return [...new Set(names)].filter((name) => servers(caller, offer, name).length > 0);
}
