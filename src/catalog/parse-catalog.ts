import * as v from 'valibot';
import { type Issue, issuesOf, pathText } from '../http/issue.ts';
import { ledgerLimits } from '../core/account/policy.ts';
import { baseUrlProblem } from '../http/base-url.ts';
import type { DatedPrices } from './dated-prices.ts';
import { parseDay } from '../parse-time.ts';
import { type WrittenCatalog, catalogDocumentSchema } from './document.ts';
import type { WrittenProvider } from './provider-document.ts';
import type { Catalog, Model, Provider, ProviderEndpoint, Route } from './schema.ts';

export type ParsedCatalog =
  | { readonly kind: 'catalog'; readonly catalog: Catalog }
  | { readonly kind: 'invalid'; readonly issues: readonly Issue[] };

export interface ParseOptions {
  readonly allowPrivateUpstreams: boolean;
}

/** The catalog that a document describes, or everything that is wrong with the document, each with its path. */
export function parseCatalog(document: unknown, { allowPrivateUpstreams }: ParseOptions): ParsedCatalog {
  const parsed = v.safeParse(catalogDocumentSchema, document);
  if (!parsed.success) return { kind: 'invalid', issues: issuesOf(parsed.issues) };
  const written = parsed.output;
  const issues = [
    ...Object.entries(written.providers).flatMap(([name, provider]) =>
      providerIssues(['providers', name], provider, allowPrivateUpstreams),
    ),
    ...targetIssues(written),
    ...nameIssues(written),
    ...routeIssues(written),
    ...emergencyIssues(written),
  ];
  return issues.length === 0 ? { kind: 'catalog', catalog: catalogOf(written) } : { kind: 'invalid', issues };
}

/**
 * The same of what was stored. Earlier releases left values of these names out wherever they stood, and checked nothing
 * of them: where they are wrong, they are left out again, so that what once served still does.
 */
export function parseStoredCatalog(document: unknown, options: ParseOptions): ParsedCatalog {
  const parsed = parseCatalog(document, options);
  if (parsed.kind === 'catalog') return parsed;
  const checked: unknown = JSON.parse(JSON.stringify(document), (name, value: unknown) =>
    onceLeftOut.has(name) ? undefined : value,
  );
  const without = parseCatalog(checked, options);
  return without.kind === 'catalog' ? without : parsed;
}

const onceLeftOut: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

type Path = readonly (string | number)[];

const issue = (path: Path, message: string): Issue => ({ path: pathText(path), message });

function providerIssues(path: Path, provider: WrittenProvider, allowPrivate: boolean): Issue[] {
  if (provider.kind !== 'openai' && provider.kind !== 'anthropic') return [];
  const urlIssues = (at: Path, url: string): Issue[] => {
    const problem = baseUrlProblem(url, allowPrivate);
    return problem === undefined ? [] : [issue(at, problem)];
  };
  const own = provider.baseUrl === undefined ? [] : urlIssues([...path, 'baseUrl'], provider.baseUrl);
  if (provider.endpoints === undefined) {
    return provider.baseUrl === undefined ? [issue([...path, 'baseUrl'], 'is missing')] : own;
  }
  const names = new Set<string>();
  const ofEndpoints = provider.endpoints.flatMap((endpoint, at): Issue[] => {
    const here = [...path, 'endpoints', at];
    const name = endpoint.name ?? endpointName(at);
    const repeated = names.has(name) ? [issue([...here, 'name'], `must be unique: there is another "${name}"`)] : [];
    names.add(name);
    if (endpoint.baseUrl !== undefined) return [...repeated, ...urlIssues([...here, 'baseUrl'], endpoint.baseUrl)];
    return provider.baseUrl === undefined ? [...repeated, issue([...here, 'baseUrl'], 'is missing')] : repeated;
  });
  return [...own, ...ofEndpoints];
}

function targetIssues({ models, providers }: WrittenCatalog): Issue[] {
  return Object.entries(models).flatMap(([name, model]) => {
    const listed = new Set<string>();
    return model.targets.flatMap((target, at): Issue[] => {
      const path = ['models', name, 'targets', at];
      if (!Object.hasOwn(providers, target.provider)) {
        return [issue([...path, 'provider'], `must be a provider of this catalog: no "${target.provider}" here`)];
      }
      const pinned = `${target.provider}/${target.model}`;
      if (listed.has(pinned)) return [issue(path, `must be listed once: "${pinned}" is there already`)];
      listed.add(pinned);
      return target.capsPrice && !isOnePrice(target.price ?? model.price)
        ? [issue([...path, 'capsPrice'], 'needs one price, without dates, steps or tiers: it is sent as one cap')]
        : [];
    });
  });
}

function isOnePrice(prices: DatedPrices | undefined): boolean {
  if (prices?.length !== 1) return false;
  const [{ price }] = prices;
  return price.standard.length === 1 && price.serviceTiers.size === 0;
}

/** A name in a request means one thing. */
function nameIssues({ models, routes }: WrittenCatalog): Issue[] {
  const taken = new Map(Object.keys(models).map((name) => [name, `the model "${name}"`]));
  const ofRoutes = Object.keys(routes)
    .filter((name) => taken.has(name))
    .map((name) => issue(['routes', name], 'must not have the name of a model'));
  for (const name of Object.keys(routes)) taken.set(name, taken.get(name) ?? `the route "${name}"`);
  const ofAliases = Object.entries(models).flatMap(([name, model]) =>
    model.aliases.flatMap((alias, at) => {
      const holder = taken.get(alias);
      taken.set(alias, holder ?? `an alias of "${name}"`);
      return holder === undefined ? [] : [issue(['models', name, 'aliases', at], `must be unique: it is ${holder}`)];
    }),
  );
  return [...ofRoutes, ...ofAliases];
}

function routeIssues({ models, routes }: WrittenCatalog): Issue[] {
  return Object.entries(routes).flatMap(([name, route]) =>
    modelsOfRoute(route)
      .filter(([, model]) => !Object.hasOwn(models, model))
      .map(([path, model]) =>
        issue(['routes', name, ...path], `must be a model of this catalog, by its own name: no "${model}" here`),
      ),
  );
}

function modelsOfRoute(route: Route): [path: Path, model: string][] {
  switch (route.strategy) {
    case 'fallback':
      return route.models.map((model, at) => [['models', at], model]);
    case 'complexity':
      return (['simple', 'medium', 'complex'] as const).map((level) => [[level], route[level]]);
    case 'stage':
      return (['plan', 'code', 'review'] as const).map((stage) => [[stage], route[stage]]);
    case 'balance':
    case 'split':
      return route.arms.map(({ model }, at) => [['arms', at, 'model'], model]);
    case 'cheapest':
      return [];
  }
}

function emergencyIssues({ emergency, providers }: WrittenCatalog): Issue[] {
  if (emergency === null || Object.hasOwn(providers, emergency)) return [];
  return [issue(['emergency'], `must be null or a provider of this catalog: no "${emergency}" here`)];
}

function catalogOf(written: WrittenCatalog): Catalog {
  const models = mapOf(written.models, modelOf);
  return {
    version: written.version ?? 0,
    providers: mapOf(written.providers, providerOf),
    models,
    aliases: new Map([...models.values()].flatMap((model) => model.aliases.map((alias) => [alias, model.name]))),
    routes: new Map(Object.entries(written.routes)),
    plans: mapOf(written.plans, (_, { limits }) => ({ limits: ledgerLimits(limits) })),
    emergency: written.emergency ?? undefined,
  };
}

function mapOf<From, To>(
  record: Readonly<Record<string, From>>,
  make: (name: string, from: From) => To,
): Map<string, To> {
  return new Map(Object.entries(record).map(([name, from]) => [name, make(name, from)]));
}

function providerOf(name: string, written: WrittenProvider): Provider {
  const { kind, enabled, billsFailures, neutralParams, breaker } = written;
  const base = { name, enabled, billsFailures, neutralParams, breaker };
  switch (kind) {
    case 'openai': {
      const { headers, protocols, quirks, healthCheck, generationPath } = written;
      return {
        ...base,
        kind,
        endpoints: endpointsOf(written),
        headers,
        protocols,
        quirks,
        healthCheck,
        generationPath,
      };
    }
    case 'anthropic': {
      const { headers, healthCheck } = written;
      return { ...base, kind, endpoints: endpointsOf(written), headers, healthCheck };
    }
    case 'cloudflare-ai-gateway':
      return { ...base, kind, secret: written.secret, quirks: written.quirks };
    case 'workers-ai':
    case 'echo':
      return { ...base, kind };
  }
}

const endpointName = (at: number) => `endpoint-${at + 1}`;

/** An endpoint takes from its provider what it does not say itself. */
function endpointsOf(provider: Extract<WrittenProvider, { kind: 'openai' | 'anthropic' }>): ProviderEndpoint[] {
  const made = (name: string, own: { baseUrl?: string | undefined; secret?: string | undefined }, weight: number) => ({
    name,
    baseUrl: (own.baseUrl ?? provider.baseUrl ?? '').replace(/\/+$/, ''),
    secret: own.secret ?? provider.secret,
    weight,
  });
  if (provider.endpoints === undefined) return [made('default', provider, 1)];
  return provider.endpoints.map((endpoint, at) => made(endpoint.name ?? endpointName(at), endpoint, endpoint.weight));
}

function modelOf(
  name: string,
  {
    price,
    retires,
    targets,
    imageTokens,
    searchTokens,
    tokenizer,
    tier,
    thinking,
    ...rest
  }: WrittenCatalog['models'][string],
): Model {
  return {
    ...rest,
    name,
    price,
    retiresAtMs: retires === undefined ? undefined : parseDay(retires),
    targets: targets.map((target) => ({
      ...target,
      protocols: target.protocols,
      price: target.price ?? price,
    })),
    imageTokens,
    searchTokens,
    tokenizer,
    tier,
    thinking,
  };
}
