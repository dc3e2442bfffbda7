import { type NanoUsd, type PicoUsd } from '../ledger/units.ts';

/** What a token of each sort costs. A sort that is not named costs what plain input (or output) does. */
export interface Rates {
  readonly input: PicoUsd;
  readonly cachedInput?: PicoUsd;
  readonly cacheWrite5m?: PicoUsd;
  readonly cacheWrite1h?: PicoUsd;
  readonly audioInput?: PicoUsd;
  readonly output: PicoUsd;
  readonly audioOutput?: PicoUsd;
}

/** Rates that hold for the whole of a request whose input is larger than `inputTokens`. The others stay as they were. */
export interface RatesAbove extends Partial<Rates> {
  readonly inputTokens: number;
}

/** What a service tier changes. Without an `above` of its own, the dearer of its rates and the price's `above` holds. */
export interface ServiceTierRates extends Partial<Rates> {
  readonly above?: readonly RatesAbove[];
}

export interface Price extends Rates {
  /** Charged once a request. */
  readonly request: NanoUsd;
  /** Charged for each image put in, beside its tokens. */
  readonly image: NanoUsd;
  /** In ascending order of `inputTokens`. */
  readonly above: readonly RatesAbove[];
  readonly serviceTiers: ReadonlyMap<string, ServiceTierRates>;
}

/** What a provider reported. The parts are counted in their wholes: cached input in input, reasoning in output. */
export interface PricedUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens?: number;
  readonly cacheWrite5mTokens?: number;
  readonly cacheWrite1hTokens?: number;
  readonly audioInputTokens?: number;
  readonly outputTokens: number;
  readonly audioOutputTokens?: number;
  readonly images?: number;
  /** The tier that the provider says it served. */
  readonly serviceTier?: string;
}
