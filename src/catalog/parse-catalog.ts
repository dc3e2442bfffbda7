import * as v from 'valibot';
import { type Issue, issuesOf, pathText } from '../http/issue.ts';
import { baseUrlProblem } from '../http/base-url.ts';
import type { DatedPrices } from './dated-prices.ts';
import { type FilledDocument, catalogDocumentSchema } from './document.ts';
import type { Catalog, Provider, Route } from './schema.ts';

export type ParsedCatalog =
  | { readonly kind: 'catalog'; readonly catalog: Catalog }
  | { readonly kind: 'invalid'; readonly issues: readonly Issue[] };

interface ParseOptions {
  readonly allowPrivateUpstreams: boolean;
}

type FilledProvider = FilledDocument['providers'][string];

/** The catalog that a document describes, or everything that is wrong with the document. */
export function parseCatalog(document: unknown, options: ParseOptions): ParsedCatalog {
  return parse(document, options, renameIssues);
}

/** @param newIssues what is refused of a new document, and was taken once */
function parse(
  document: unknown,
  { allowPrivateUpstreams }: ParseOptions,
  newIssues: (read: FilledDocument) => Issue[],
): ParsedCatalog {
  const parsed = v.safeParse(catalogDocumentSchema, document);
  if (!parsed.success) return { kind: 'invalid', issues: issuesOf(parsed.issues) };
  const read = parsed.output;
  const issues = [
    ...Object.entries(read.providers).flatMap(([name, provider]) =>
      providerIssues(['providers', name], provider, allowPrivateUpstreams),
    ),
    ...targetIssues(read),
    ...nameIssues(read),
    ...routeIssues(read),
    ...emergencyIssues(read),
    ...newIssues(read),
  ];
  return issues.length === 0 ? { kind: 'catalog', catalog: catalogOf(read) } : { kind: 'invalid', issues };
}

/**
 * The same for a stored document. Earlier releases left out values of the names in `onceLeftOut`, unchecked. If they
 * make the document invalid, they are left out again, so that what once served still does. Nor is it refused for what
 * they took.
 */
export function parseStoredCatalog(document: unknown, options: ParseOptions): ParsedCatalog {
  const parsed = parse(document, options, () => []);
  if (parsed.kind === 'catalog') return parsed;
  const checked: unknown = JSON.parse(JSON.stringify(document), (name, value: unknown) =>
    onceLeftOut.has(name) ? undefined : value,
  );
  const without = parse(checked, options, () => []);
  return without.kind === 'catalog' ? without : parsed;
}

const onceLeftOut: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

/** Of two fields with one name a server would read one. */
function renameIssues({ providers }: FilledDocument): Issue[] {
  return Object.entries(providers).flatMap(([name, provider]): Issue[] => {
    const rename = 'quirks' in provider ? provider.quirks.rename : {};
    const path = ['providers', name, 'quirks', 'rename'];
    const given = Object.entries(rename);
    return given.flatMap(([field, other], at) => {
      const earlier = given.slice(0, at).find(([, taken]) => taken === other);
      return earlier === undefined
        ? []
        : [issue([...path, field], `must not be "${other}": ${earlier[0]} is renamed to that`)];
    });
  });
}

type Path = readonly (string | number)[];

const issue = (path: Path, message: string): Issue => ({ path: pathText(path), message });

function providerIssues(path: Path, provider: FilledProvider, allowPrivate: boolean): Issue[] {
  if (provider.kind !== 'openai' && provider.kind !== 'anthropic') return [];
  const { baseUrl, endpoints } = provider;
  const urlIssues = (at: Path, url: string | undefined, isNeeded: boolean): Issue[] => {
    const missing = isNeeded ? 'is missing' : undefined;
    const problem = url === undefined ? missing : baseUrlProblem(url, allowPrivate);
    return problem === undefined ? [] : [issue([...at, 'baseUrl'], problem)];
  };
  const names = new Set<string>();
  const ofEndpoints = (endpoints ?? []).flatMap((endpoint, at): Issue[] => {
    const here = [...path, 'endpoints', at];
    const name = endpoint.name ?? endpointName(at);
    const repeated = names.has(name) ? [issue([...here, 'name'], `must be unique: there is another "${name}"`)] : [];
    names.add(name);
    return [...repeated, ...urlIssues(here, endpoint.baseUrl, baseUrl === undefined)];
  });
  return [...urlIssues(path, baseUrl, endpoints === undefined), ...ofEndpoints];
}

const endpointName = (at: number) => `endpoint-${at + 1}`;

function targetIssues({ models, providers }: FilledDocument): Issue[] {
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
      return target.capsPrice && !isOnePrice(target.price)
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
function nameIssues({ models, routes }: FilledDocument): Issue[] {
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

function routeIssues({ models, routes }: FilledDocument): Issue[] {
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

function emergencyIssues({ emergency, providers }: FilledDocument): Issue[] {
  if (emergency === null || Object.hasOwn(providers, emergency)) return [];
  return [issue(['emergency'], `must be null or a provider of this catalog: no "${emergency}" here`)];
}

function catalogOf({ version, providers, models, routes, plans, emergency }: FilledDocument): Catalog {
  return {
    version,
    providers: mapOf(providers, providerOf),
    models: mapOf(models, (name, model) => ({ name, ...model })),
    aliases: new Map(Object.entries(models).flatMap(([name, { aliases }]) => aliases.map((alias) => [alias, name]))),
    routes: new Map(Object.entries(routes)),
    plans: new Map(Object.entries(plans)),
    emergency: emergency ?? undefined,
  };
}

function mapOf<From, To>(
  record: Readonly<Record<string, From>>,
  make: (name: string, from: From) => To,
): Map<string, To> {
  return new Map(Object.entries(record).map(([name, from]) => [name, make(name, from)]));
}

function providerOf(name: string, filled: FilledProvider): Provider {
  if (filled.kind !== 'openai' && filled.kind !== 'anthropic') return { name, ...filled };
  const { baseUrl = '', secret, endpoints, ...rest } = filled;
  const all = endpoints ?? [{ name: 'default', weight: 1 }];
  return {
    name,
    ...rest,
    endpoints: all.map((endpoint, at) => ({
      name: endpoint.name ?? endpointName(at),
      baseUrl: (endpoint.baseUrl ?? baseUrl).replace(/\/+$/, ''),
      secret: endpoint.secret ?? secret,
      weight: endpoint.weight,
    })),
  };
}
