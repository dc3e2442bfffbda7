import type { ModelNames } from '../core/ledger/limit.ts';
import type { DatedPrices } from './dated-prices.ts';
import type { Catalog, Model, Route, Target } from './schema.ts';
import { type DatedName, dashed, datedName, providerNamed } from './spelling.ts';

/** One way of answering a request: a model at a provider. */
export interface Candidate {
  /** Who is said to serve it: the catalog's model, or the pinned name where no model lists the target. */
  readonly modelName: string;
  /** Undefined for a pinned target that no model of the catalog lists. */
  readonly model: Model | undefined;
  readonly target: Target;
  readonly price: DatedPrices | undefined;
  /** The dated name of the one version of the model that was asked for, where the catalog lists the model without. */
  readonly snapshot?: string;
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
  const { model, snapshot } = candidate;
  if (model === undefined) return { model: servedModel(candidate), unlisted: true };
  const aliases = snapshot === undefined ? model.aliases : [...model.aliases, snapshot];
  return aliases.length === 0 ? { model: model.name } : { model: model.name, aliases };
}

export type Resolution =
  /** In order of preference. Empty only if there is an emergency and its provider serves no such model. */
  | { readonly kind: 'resolved'; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'route'; readonly name: string; readonly route: Route }
  | { readonly kind: 'unknown-model' };

/** As the catalog's own schema has it. */
const nameInCatalog = /^[!-~]+$/;

/**
 * What a name in a request means: a model, an alias, a route, or a pinned target, in this order; and where it is none
 * of these as it is written, what it is in another spelling.
 */
export function resolveModel(catalog: Catalog, name: string): Resolution {
  const model = modelCalled(catalog, name);
  if (model !== undefined) return { kind: 'resolved', candidates: candidatesOf(catalog, model) };

  const route = catalog.routes.get(name);
  if (route !== undefined) return { kind: 'route', name, route };

  const slash = name.indexOf('/');
  const provider = providerNamed(catalog.providers, name.slice(0, Math.max(slash, 0)));
  const providerModel = name.slice(slash + 1);
  // What no model of a catalog could be called is in the headers and the record of no call.
  if (provider !== undefined && nameInCatalog.test(providerModel))
    return { kind: 'resolved', candidates: pinned(catalog, provider, providerModel) };

  const candidates = respelled(catalog, dashed(name));
  return candidates.length === 0 ? { kind: 'unknown-model' } : { kind: 'resolved', candidates };
}

function modelCalled({ models, aliases }: Catalog, name: string): Model | undefined {
  return models.get(name) ?? models.get(aliases.get(name) ?? '');
}

/** Who serves a name that is not in the catalog, with dashes for dots or as one version of a model that is listed. */
function respelled(catalog: Catalog, name: string): readonly Candidate[] {
  const model = modelCalled(catalog, name);
  if (model !== undefined) return candidatesOf(catalog, model);
  const dated = datedName(name);
  const listed = dated === undefined ? undefined : catalog.models.get(dated.base);
  return dated === undefined || listed === undefined ? [] : snapshotsOf(catalog, listed, dated);
}

/**
 * One version of a model, at those of its targets that can be expected to know it: its maker's own, or else whatever
 * has the name of the model at its end. Each is asked for it by its own name.
 */
function snapshotsOf(catalog: Catalog, model: Model, { base, ending }: DatedName): readonly Candidate[] {
  // An emergency is more urgent than the version.
  if (catalog.emergency !== undefined) return candidatesOf(catalog, model);
  const isPassedOn = ({ provider }: Target): boolean =>
    catalog.providers.get(provider)?.kind === 'cloudflare-ai-gateway';
  const named = model.targets.filter((target) => target.model === base || target.model.endsWith(`/${base}`));
  const known = named.filter((target) => target.model === base || isPassedOn(target));
  return (known.length > 0 ? known : named).map((target) => snapshotAt(model, target, ending));
}

function snapshotAt(model: Model, target: Target, ending: string): Candidate {
  return {
    modelName: model.name,
    model,
    target: { ...target, model: `${target.model}${ending}` },
    price: target.price,
    snapshot: `${model.name}${ending}`,
  };
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
function pinned(catalog: Catalog, provider: string, asked: string): readonly Candidate[] {
  // Anthropic has no name with a dot. Others have, and are asked as they were named.
  const providerModel = catalog.providers.get(provider)?.kind === 'anthropic' ? dashed(asked) : asked;
  const dated = datedName(providerModel);
  const listed =
    listing(catalog, provider, (name) => name === providerModel) ??
    listing(catalog, provider, (name) => dashed(name) === dashed(providerModel));
  const undated =
    listed === undefined && dated !== undefined
      ? listing(catalog, provider, (name) => dashed(name) === dashed(dated.base))
      : undefined;
  const found = listed ?? undated;
  if (found?.model !== undefined) {
    if (catalog.emergency !== undefined) return candidatesOf(catalog, found.model);
    return [undated === undefined ? found : snapshotAt(found.model, found.target, dated?.ending ?? '')];
  }
  const target: Target = {
    provider,
    model: providerModel,
    cancels: false,
    capsPrice: false,
    protocols: undefined,
    price: undefined,
  };
  const modelName = `${provider}/${providerModel}`;
  return withoutOthersInEmergency(catalog, [{ modelName, model: undefined, target, price: undefined }]);
}

/** The first target of this provider by a name of its own that fits, and the model that lists it. */
function listing(catalog: Catalog, provider: string, fits: (name: string) => boolean): Candidate | undefined {
  for (const model of catalog.models.values()) {
    const target = model.targets.find((each) => each.provider === provider && fits(each.model));
    if (target !== undefined) return { modelName: model.name, model, target, price: target.price };
  }
  return undefined;
}

function withoutOthersInEmergency({ emergency }: Catalog, all: readonly Candidate[]): readonly Candidate[] {
  return emergency === undefined ? all : all.filter(({ target }) => target.provider === emergency);
}
