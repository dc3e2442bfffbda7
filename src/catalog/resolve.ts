import type { ModelNames } from '../core/ledger/limit.ts';
import type { DatedPrices } from './dated-prices.ts';
import type { Catalog, Model, Route, Target } from './schema.ts';
import { type DatedName, dashed, datedName, providerNamed } from './spelling.ts';

/** One way of answering a request: a model at a provider. */
export interface Candidate {
  /** The name that answers give: the catalog's model, or the pinned name where no model lists the target. */
  readonly modelName: string;
  /** Undefined for a pinned target that no model of the catalog lists. */
  readonly model: Model | undefined;
  readonly target: Target;
  readonly price: DatedPrices | undefined;
  /** The dated name that was asked for, if the catalog lists the model only without a date. */
  readonly snapshot?: string;
}

/**
 * The name of the model that serves. For a pinned target that no model of the catalog lists, it is the provider's own
 * name, without the maker's name that some put before it.
 */
export function servedModel({ model, target }: Candidate): string {
  return model?.name ?? target.model.slice(target.model.lastIndexOf('/') + 1);
}

/** The names by which limits and permissions know the model that serves. */
export function namesOf(candidate: Candidate): ModelNames {
  const { model, snapshot } = candidate;
  if (model === undefined) return { model: servedModel(candidate), unlisted: true };
  const aliases = snapshot === undefined ? model.aliases : [...model.aliases, snapshot];
  return aliases.length === 0 ? { model: model.name } : { model: model.name, aliases };
}

export type Resolution =
  /** In order of preference. Empty only in an emergency whose provider does not serve the model. */
  | { readonly kind: 'resolved'; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'route'; readonly name: string; readonly route: Route }
  | { readonly kind: 'unknown-model' };

/** The catalog's schema has the same rule. */
const nameInCatalog = /^[!-~]+$/;

/**
 * What a name in a request means: a model, an alias, a route or a pinned target, in this order. If it is none of them
 * as it is written, other spellings are tried.
 */
export function resolveModel(catalog: Catalog, name: string): Resolution {
  const model = modelCalled(catalog, name);
  if (model !== undefined) return { kind: 'resolved', candidates: candidatesOf(catalog, model) };

  const route = catalog.routes.get(name);
  if (route !== undefined) return { kind: 'route', name, route };

  const slash = name.indexOf('/');
  const provider = providerNamed(catalog.providers, name.slice(0, Math.max(slash, 0)));
  const providerModel = name.slice(slash + 1);
  // A name that no catalog could hold must not reach the headers and records of calls.
  if (provider !== undefined && nameInCatalog.test(providerModel))
    return { kind: 'resolved', candidates: pinned(catalog, provider, providerModel) };

  const candidates = respelled(catalog, dashed(name));
  return candidates.length === 0 ? { kind: 'unknown-model' } : { kind: 'resolved', candidates };
}

function modelCalled({ models, aliases }: Catalog, name: string): Model | undefined {
  return models.get(name) ?? models.get(aliases.get(name) ?? '');
}

/** Who serves a name that the catalog has with dashes for dots, or without the date at its end. */
function respelled(catalog: Catalog, name: string): readonly Candidate[] {
  const model = modelCalled(catalog, name);
  if (model !== undefined) return candidatesOf(catalog, model);
  const dated = datedName(name);
  const listed = dated === undefined ? undefined : catalog.models.get(dated.base);
  return dated === undefined || listed === undefined ? [] : snapshotsOf(catalog, listed, dated);
}

/**
 * One version of a model, at the targets that should know it: its maker's own, or else all whose names end with the
 * model's name. Each is asked by its own name for it.
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
  const dated = { ...target, model: `${target.model}${ending}` };
  return { ...candidateAt(model, dated), snapshot: `${model.name}${ending}` };
}

/** All models that a route may lead to, each once, in the route's order or else the catalog's. */
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

/** The targets of a model in order of preference. In an emergency, only those at its provider. */
export function candidatesOf(catalog: Catalog, model: Model): readonly Candidate[] {
  return withoutOthersInEmergency(
    catalog,
    model.targets.map((target) => candidateAt(model, target)),
  );
}

function candidateAt(model: Model, target: Target): Candidate {
  return { modelName: model.name, model, target, price: target.price };
}

/** An emergency overrides a pin, too: its provider then serves the model that lists the pinned target. */
function pinned(catalog: Catalog, provider: string, asked: string): readonly Candidate[] {
  // Anthropic has no names with dots. Others have some, so theirs stay as they are.
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
  const target: Target = { provider, model: providerModel, cancels: false, capsPrice: false, price: undefined };
  const modelName = `${provider}/${providerModel}`;
  return withoutOthersInEmergency(catalog, [{ modelName, model: undefined, target, price: undefined }]);
}

/** The first target of this provider whose own name fits, and the model that lists it. */
function listing(catalog: Catalog, provider: string, fits: (name: string) => boolean): Candidate | undefined {
  for (const model of catalog.models.values()) {
    const target = model.targets.find((each) => each.provider === provider && fits(each.model));
    if (target !== undefined) return candidateAt(model, target);
  }
  return undefined;
}

function withoutOthersInEmergency({ emergency }: Catalog, all: readonly Candidate[]): readonly Candidate[] {
  return emergency === undefined ? all : all.filter(({ target }) => target.provider === emergency);
}
