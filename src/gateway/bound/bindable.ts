import type { Candidate } from '../../catalog/resolve.ts';
import type { Provider } from '../../catalog/schema.ts';
import type { Ranks } from '../../tokenizer/ranks.ts';

export interface BoundOptions {
  /**
   * Whether the account, or one that it belongs to, limits money or tokens. Only then is anything lowered or refused.
   */
  readonly isLimited: boolean;
  /** When the call began. All prices count that may be in force before it ends. */
  readonly startedAtMs: number;
  /** The output cap of the account's policy. It binds even where nothing else is limited. */
  readonly maxTokens: number | undefined;
  /** What the client asked for with `x-gateway-budget`. */
  readonly budget: 'clamp' | 'strict' | undefined;
  /** A more exact count of the input, if there is one. It is asked for only if the bytes do not fit. */
  readonly counted?: Counted | undefined;
  /** How often a provider may search at most, once more was found not to fit. */
  readonly searches?: number | undefined;
}

export interface Counted {
  /** The whole input as the provider of each target counted it, by `targetName`. */
  readonly told: ReadonlyMap<string, number>;
  /** The table of the one tokenizer that is known here. */
  readonly ranks: Ranks | undefined;
}

/** A candidate, and the provider that its target names. */
export interface Bindable {
  readonly candidate: Candidate;
  readonly provider: Provider;
}
