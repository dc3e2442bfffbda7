import { callMsMax } from '../limits.ts';
import {
  type DearestRates,
  type Foreseen,
  type Price,
  type PricedUsage,
  costNanoUsd,
  costParts,
  dearestRates,
} from './price.ts';
import type { CostParts } from '../core/money/cost-parts.ts';
import { type NanoUsd, nanoUsd, picoUsd } from '../core/money/usd.ts';

export interface DatedPrice {
  /** It is in force from this moment on. */
  readonly fromMs: number;
  readonly price: Price;
}

/** In ascending order. The first has always been in force. */
export type DatedPrices = readonly [DatedPrice, ...DatedPrice[]];

interface CallSpan {
  readonly startedAtMs: number;
  /** Left out before the call ends. */
  readonly endedAtMs?: number;
}

export function priceAt(prices: DatedPrices, atMs: number): Price {
  return (prices.findLast(({ fromMs }) => fromMs <= atMs) ?? prices[0]).price;
}

/** Every price in force during the call. A provider may bill it by the price at its start, its end or in between. */
export function pricesOfCall(prices: DatedPrices, { startedAtMs, endedAtMs = Infinity }: CallSpan): readonly Price[] {
  const [only] = prices;
  if (prices.length === 1) return [only.price];
  // No call is longer, however late it is settled. So each charge uses a price that the bound knew.
  const lastMs = Math.min(endedAtMs, startedAtMs + callMsMax);
  const later = prices.filter(({ fromMs }) => fromMs > startedAtMs && fromMs <= lastMs).map(({ price }) => price);
  return [priceAt(prices, startedAtMs), ...later];
}

/** What a call cost at the dearest price in force while it ran. */
export function costOfCall(prices: DatedPrices, span: CallSpan, usage: PricedUsage): NanoUsd {
  return nanoUsd(Math.max(...pricesOfCall(prices, span).map((price) => costNanoUsd(price, usage))));
}

/** The same, by what for. */
export function costPartsOfCall(prices: DatedPrices, span: CallSpan, usage: PricedUsage): CostParts {
  const dearest = pricesOfCall(prices, span).reduce((one, other) =>
    costNanoUsd(other, usage) > costNanoUsd(one, usage) ? other : one,
  );
  return costParts(dearest, usage);
}

/** At none of these prices does a usage that keeps to what was foreseen cost more than at these rates. */
export function dearestRatesOf(prices: readonly Price[], foreseen: Foreseen): DearestRates {
  const all = prices.map((price) => dearestRates(price, foreseen));
  const dearest = (part: keyof DearestRates) => Math.max(...all.map((rates) => rates[part]));
  return {
    input: picoUsd(dearest('input')),
    output: picoUsd(dearest('output')),
    request: nanoUsd(dearest('request')),
    image: nanoUsd(dearest('image')),
    webSearch: nanoUsd(dearest('webSearch')),
  };
}
