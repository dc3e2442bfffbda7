import type { Rates } from '../../catalog/price.ts';

/** What somebody else says that a target costs. Only what they say is there. */
export interface PublishedPrice {
  readonly rates: readonly PublishedRate[];
  readonly fees: readonly PublishedFee[];
}

export interface PublishedRate {
  readonly sort: keyof Rates;
  /** Undefined for the standard one. */
  readonly serviceTier: string | undefined;
  /** For requests that put in more. */
  readonly aboveInputTokens: number;
  /** Of a token. */
  readonly picoUsd: number;
}

export interface PublishedFee {
  readonly fee: 'request' | 'webSearch';
  readonly nanoUsd: number;
}

/** A price list, whatever format it came in. */
export interface PriceList {
  /** How many models are in it. */
  readonly size: number;
  /** What it says of a target, if it knows it. */
  readonly find: (provider: string, model: string) => PublishedPrice | undefined;
}
