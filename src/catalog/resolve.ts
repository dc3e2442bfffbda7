import type { Price } from './price.ts';
import type { Model, Route, Target } from './schema.ts';

/** One way of answering a request: a model at a provider. */
export interface Candidate {
  /** Who is said to serve it: the catalog's model, or the pinned name where no model lists the target. */
  readonly modelName: string;
  /** Undefined for a pinned target that no model of the catalog lists. */
  readonly model: Model | undefined;
  readonly target: Target;
  readonly price: Price | undefined;
}

export type Resolution =
  /** In order of preference. Empty only if there is an emergency and its provider serves no such model. */
  | { readonly kind: 'resolved'; readonly route: string | undefined; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'unknown-model' }
  /** The catalog describes the route, but this version can't follow its strategy. */
  | { readonly kind: 'unusable-route'; readonly route: string; readonly strategy: Route['strategy'] };
