import type { Price } from './price.ts';
import type { Catalog, Model, Route, Target } from './schema.ts';

/** One way of answering a request: a model at a provider. */
export interface Candidate {
  /** Who is said to serve it: the catalog's model, or the pinned name where no model lists the target. */
  readonly modelName: string;
  /** Undefined for a pinned target that no model of the catalog lists. */
  readonly model: Model | undefined;
  readonly target: Target;
  readonly price: Price | undefined;
}

/**
 * The name that patterns are matched against, in lists and in the scopes of limits: of a pinned target that no model of
 * the catalog lists, the provider's own name for the model, without the maker that some put before it.
 */
export function servedModel({ model, target }: Candidate): string {
  return model?.name ?? target.model.slice(target.model.lastIndexOf('/') + 1);
}

export type Resolution =
  /** In order of preference. Empty only if there is an emergency and its provider serves no such model. */
  | { readonly kind: 'resolved'; readonly route: string | undefined; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'unknown-model' }
  /** The catalog describes the route, but this version can't follow its strategy. */
  | { readonly kind: 'unusable-route'; readonly route: string; readonly strategy: Route['strategy'] };

/** As the catalog's own schema has it. */
const nameInCatalog = /^[!-~]+$/;

/** What a name in a request means: a model, an alias, a route, or a pinned target, in this order. */
export function resolveModel(catalog: Catalog, name: string): Resolution {
  const model = catalog.models.get(name) ?? catalog.models.get(catalog.aliases.get(name) ?? '');
  if (model !== undefined) return resolved(catalog, undefined, candidatesOf(model));

  const route = catalog.routes.get(name);
  if (route !== undefined) {
    if (route.strategy !== 'fallback') return { kind: 'unusable-route', route: name, strategy: route.strategy };
    const models = route.models.flatMap((member) => catalog.models.get(member) ?? []);
    return resolved(catalog, name, models.flatMap(candidatesOf));
  }

  const slash = name.indexOf('/');
  const provider = name.slice(0, Math.max(slash, 0));
  const providerModel = name.slice(slash + 1);
  // What no model of a catalog could be called is in the headers and the record of no call.
  if (!catalog.providers.has(provider) || !nameInCatalog.test(providerModel)) return { kind: 'unknown-model' };
  return pinned(catalog, name, provider, providerModel);
}

function candidatesOf(model: Model): Candidate[] {
  return model.targets.map((target) => ({ modelName: model.name, model, target, price: target.price }));
}

/** An emergency overrides a pin too: its provider then serves the model that lists the pinned target. */
function pinned(catalog: Catalog, name: string, provider: string, providerModel: string): Resolution {
  for (const model of catalog.models.values()) {
    const candidates = candidatesOf(model);
    const listed = candidates.find(({ target }) => target.provider === provider && target.model === providerModel);
    if (listed !== undefined)
      return resolved(catalog, undefined, catalog.emergency === undefined ? [listed] : candidates);
  }
  const target: Target = {
    provider,
    model: providerModel,
    cancels: false,
    protocols: undefined,
    price: undefined,
  };
  return resolved(catalog, undefined, [{ modelName: name, model: undefined, target, price: undefined }]);
}

function resolved(catalog: Catalog, route: string | undefined, all: readonly Candidate[]): Resolution {
  const { emergency } = catalog;
  const candidates = emergency === undefined ? all : all.filter(({ target }) => target.provider === emergency);
  return { kind: 'resolved', route, candidates };
}
