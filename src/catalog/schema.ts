import type { DeepReadonly } from './deep-readonly.ts';
import type { FilledDocument } from './document.ts';

/** The catalog as the gateway uses it: read, checked, and with every default filled in. Never changed once made. */
export interface Catalog {
  /** Only grows. 0 is the bundled default. */
  readonly version: number;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly models: ReadonlyMap<string, Model>;
  /** From an alias to the name of its model. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly routes: ReadonlyMap<string, Route>;
  readonly plans: ReadonlyMap<string, Plan>;
  /** Everything goes to this provider, if one is named. */
  readonly emergency: string | undefined;
}

interface Named {
  readonly name: string;
}

type FilledProvider = DeepReadonly<FilledDocument['providers'][string]>;

/** A provider that is reached at addresses has them all in `endpoints`. */
type Located<Filled> = Filled extends { readonly kind: 'openai' | 'anthropic' }
  ? Omit<Filled, 'baseUrl' | 'secret' | 'endpoints'> & { readonly endpoints: readonly ProviderEndpoint[] }
  : Filled;

export type Provider = Named & Located<FilledProvider>;
export type OpenAiProvider = Extract<Provider, { readonly kind: 'openai' }>;

export interface ProviderEndpoint {
  /** Unique in its provider: the name of its breaker. `default` where the provider has only one. */
  readonly name: string;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** The name of the variable that holds the credential; undefined for a server that needs none. */
  readonly secret: string | undefined;
  readonly weight: number;
}

export type Model = Named & DeepReadonly<FilledDocument['models'][string]>;
export type InputKind = Model['input'][number];
export type Target = Model['targets'][number];

export type Route = DeepReadonly<FilledDocument['routes'][string]>;
export type Stage = Extract<Route, { readonly strategy: 'stage' }>['default'];
export type Arm = Extract<Route, { readonly strategy: 'split' }>['arms'][number];

export type Plan = DeepReadonly<FilledDocument['plans'][string]>;
