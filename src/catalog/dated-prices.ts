import { callMsMax } from '../limits.ts';
import { type DearestRates, type Foreseen, type Price, type PricedUsage, costNanoUsd, dearestRates } from './price.ts';
import { type NanoUsd, nanoUsd, picoUsd } from '../core/money/usd.ts';

/** A price, and the moment from which it is in force. */
export interface DatedPrice {
  readonly fromMs: number;
  readonly price: Price;
}

/** In ascending order. The first was always in force. */
export type DatedPrices = readonly [DatedPrice, ...DatedPrice[]];

/** The time that a call takes: up to now, or up to the last moment at which it may end. */
export interface CallSpan {
  readonly startedAtMs: number;
  /** Undefined before the call was made. */
  readonly endedAtMs?: number;
}

export function priceAt(prices: DatedPrices, atMs: number): Price {
  return (prices.findLast(({ fromMs }) => fromMs <= atMs) ?? prices[0]).price;
}

/**
 * All prices that are in force at some moment of the call. A provider may bill a call by the price at its start, at its
 * end or in between.
 */
export function pricesOfCall(prices: DatedPrices, { startedAtMs, endedAtMs = Infinity }: CallSpan): readonly Price[] {
  const [only] = prices;
  if (prices.length === 1) return [only.price];
  // No call is longer, however late it is settled: so no charge is of a price that its bound did not know.
  const lastMs = Math.min(endedAtMs, startedAtMs + callMsMax);
  const later = prices.filter(({ fromMs }) => fromMs > startedAtMs && fromMs <= lastMs).map(({ price }) => price);
  return [priceAt(prices, startedAtMs), ...later];
}

/** What a call cost: at the dearest of the prices that were in force while it ran. */
export function costOfCall(prices: DatedPrices, span: CallSpan, usage: PricedUsage): NanoUsd {
  return nanoUsd(Math.max(...pricesOfCall(prices, span).map((price) => costNanoUsd(price, usage))));
}

/** No usage that keeps to what was foreseen costs more at one of these prices than at these rates. */
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
