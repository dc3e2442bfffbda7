import type { ModelNames } from '../ledger/limit.ts';
import type { DatedPrices } from './dated-prices.ts';
import type { Catalog, Model, Route, Target } from './schema.ts';

/** One way of answering a request: a model at a provider. */
export interface Candidate {
  /** Who is said to serve it: the catalog's model, or the pinned name where no model lists the target. */
  readonly modelName: string;
  /** Undefined for a pinned target that no model of the catalog lists. */
  readonly model: Model | undefined;
  readonly target: Target;
  readonly price: DatedPrices | undefined;
}

/**
 * The name of the model that serves: of a pinned target that no model of the catalog lists, the provider's own name for
 * it, without the maker that some put before it.
 */
export function servedModel({ model, target }: Candidate): string {
  return model?.name ?? target.model.slice(target.model.lastIndexOf('/') + 1);
}

/** What limits, and lists of what may be used, know the model by that serves. */
export function namesOf(candidate: Candidate): ModelNames {
  const { model } = candidate;
  if (model === undefined) return { model: servedModel(candidate), unlisted: true };
  return model.aliases.length === 0 ? { model: model.name } : { model: model.name, aliases: model.aliases };
}

export type Resolution =
  /** In order of preference. Empty only if there is an emergency and its provider serves no such model. */
  | { readonly kind: 'resolved'; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'route'; readonly name: string; readonly route: Route }
  | { readonly kind: 'unknown-model' };

/** As the catalog's own schema has it. */
const nameInCatalog = /^[!-~]+$/;

/** What a name in a request means: a model, an alias, a route, or a pinned target, in this order. */
export function resolveModel(catalog: Catalog, name: string): Resolution {
  const model = catalog.models.get(name) ?? catalog.models.get(catalog.aliases.get(name) ?? '');
  if (model !== undefined) return { kind: 'resolved', candidates: candidatesOf(catalog, model) };

  const route = catalog.routes.get(name);
  if (route !== undefined) return { kind: 'route', name, route };

  const slash = name.indexOf('/');
  const provider = name.slice(0, Math.max(slash, 0));
  const providerModel = name.slice(slash + 1);
  // What no model of a catalog could be called is in the headers and the record of no call.
  if (!catalog.providers.has(provider) || !nameInCatalog.test(providerModel)) return { kind: 'unknown-model' };
  return { kind: 'resolved', candidates: pinned(catalog, name, provider, providerModel) };
}

/** All models that a route may lead to, each once; in the catalog's order where the route has none of its own. */
export function modelsOfRoute(catalog: Catalog, route: Route): readonly Model[] {
  if (route.strategy === 'cheapest') return [...catalog.models.values()].filter(({ tier }) => tier === route.tier);
  return [...new Set(namesOfRoute(route))].flatMap((name) => catalog.models.get(name) ?? []);
}

function namesOfRoute(route: Exclude<Route, { strategy: 'cheapest' }>): readonly string[] {
  switch (route.strategy) {
    case 'fallback':
      return route.models;
    case 'complexity':
      return [route.simple, route.medium, route.complex];
    case 'stage':
      return [route.plan, route.code, route.review];
    case 'balance':
    case 'split':
      return route.arms.filter(({ weight }) => weight > 0).map(({ model }) => model);
  }
}

/** The targets of a model in order of preference; in an emergency only those of its provider. */
export function candidatesOf(catalog: Catalog, model: Model): readonly Candidate[] {
  return withoutOthersInEmergency(catalog, allCandidatesOf(model));
}

function allCandidatesOf(model: Model): Candidate[] {
  return model.targets.map((target) => ({ modelName: model.name, model, target, price: target.price }));
}

/** An emergency overrides a pin too: its provider then serves the model that lists the pinned target. */
function pinned(catalog: Catalog, name: string, provider: string, providerModel: string): readonly Candidate[] {
  for (const model of catalog.models.values()) {
    const candidates = allCandidatesOf(model);
    const listed = candidates.find(({ target }) => target.provider === provider && target.model === providerModel);
    if (listed !== undefined)
      return catalog.emergency === undefined ? [listed] : withoutOthersInEmergency(catalog, candidates);
  }
  const target: Target = {
    provider,
    model: providerModel,
    cancels: false,
    capsPrice: false,
    protocols: undefined,
    price: undefined,
  };
  return withoutOthersInEmergency(catalog, [{ modelName: name, model: undefined, target, price: undefined }]);
}

function withoutOthersInEmergency({ emergency }: Catalog, all: readonly Candidate[]): readonly Candidate[] {
  return emergency === undefined ? all : all.filter(({ target }) => target.provider === emergency);
}
