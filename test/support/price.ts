import type { DatedPrices } from '../../src/catalog/dated-prices.ts';
import type { Price } from '../../src/catalog/price.ts';

/** Of a model whose price does not change. */
export function onlyPrice(prices: DatedPrices | undefined): Price {
  if (prices?.length !== 1) throw new Error('it has no price, or several');
  return prices[0].price;
}

/** For calls of models whose prices have no dates. */
export const anyTimeMs = Date.UTC(2026, 10, 29);
