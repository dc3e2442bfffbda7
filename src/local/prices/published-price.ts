import type { Rates } from '../../catalog/price.ts';

/** What somebody else says that a target costs; only what they do say. */
export interface PublishedPrice {
  readonly rates: readonly PublishedRate[];
  readonly fees: readonly PublishedFee[];
}

export interface PublishedRate {
  readonly sort: keyof Rates;
  /** Undefined for the standard tier. */
  readonly serviceTier: string | undefined;
  /** For requests with more input tokens than this. */
  readonly aboveInputTokens: number;
  /** Per token. */
  readonly picoUsd: number;
}

export interface PublishedFee {
  readonly fee: 'request' | 'webSearch';
  readonly nanoUsd: number;
}

/** A price list, whatever its format. */
export interface PriceList {
  /** How many models are in it. */
  readonly size: number;
  /** The price of a target, if the list has one. */
  readonly find: (provider: string, model: string) => PublishedPrice | undefined;
}
