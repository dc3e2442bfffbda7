import type { Candidate } from '../../catalog/resolve.ts';
import type { Provider } from '../../catalog/schema.ts';
import type { Ranks } from '../../tokenizer/ranks.ts';

/** What is bounded, and how. */

export interface BoundOptions {
  /** Whether the account, or one it belongs to, limits money or tokens. Only then is anything lowered or refused. */
  readonly isLimited: boolean;
  /** When the call began: of several prices, all count that may be in force before it ends. */
  readonly startedAtMs: number;
  /** The output cap of the account's policy, which binds whether anything else is limited or not. */
  readonly maxTokens: number | undefined;
  /** What the client asked for with `x-gateway-budget`. */
  readonly budget: 'clamp' | 'strict' | undefined;
  /** A nearer count of what is put in, where there is one: asked for only when the bytes do not fit. */
  readonly counted?: Counted | undefined;
  /** How often a provider may search at most, where more was found not to fit. */
  readonly searches?: number | undefined;
}

export interface Counted {
  /** What a target's own provider counted, by `targetName`: everything that is put in. */
  readonly told: ReadonlyMap<string, number>;
  /** The table of the one tokenizer that is known here. */
  readonly ranks: Ranks | undefined;
}

/** A candidate, and the provider that its target names. */
export interface Bindable {
  readonly candidate: Candidate;
  readonly provider: Provider;
}
