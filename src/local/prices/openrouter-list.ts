import type { Rates } from '../../catalog/price.ts';
import { asList, asRecord, asText } from '../../protocols/json/json-value.ts';
import type { PriceList, PublishedFee, PublishedPrice, PublishedRate } from './published-price.ts';

/**
 * OpenRouter's answer to `GET /api/v1/models`: a list of models with dollars per token as decimal text, without service
 * tiers or steps. For reasoning and the cache, "0" means that nothing more is charged for it.
 */

const sorts: readonly (readonly [field: string, sort: keyof Rates, zeroIsPrice: boolean])[] = [
  ['prompt', 'input', true],
  ['completion', 'output', true],
  ['input_cache_read', 'cachedInput', false],
  ['input_cache_write', 'cacheWrite5m', false],
  ['internal_reasoning', 'reasoning', false],
];

const fees: readonly (readonly [field: string, fee: PublishedFee['fee']])[] = [
  ['request', 'request'],
  ['web_search', 'webSearch'],
];

/** Undefined if it is no such list. */
export function readOpenRouterList(json: unknown): PriceList | undefined {
  const prices = new Map<string, PublishedPrice>();
  for (const each of asList(asRecord(json)?.['data'])) {
    const model = asRecord(each);
    const id = asText(model?.['id']);
    const pricing = asRecord(model?.['pricing']);
    if (id !== undefined && pricing !== undefined) prices.set(id, { rates: ratesIn(pricing), fees: feesIn(pricing) });
  }
  if (prices.size === 0) return undefined;
  return {
    size: prices.size,
    find: (provider, model) => (provider === 'openrouter' ? prices.get(model) : undefined),
  };
}

type Pricing = Readonly<Record<string, unknown>>;

function ratesIn(pricing: Pricing): PublishedRate[] {
  return sorts.flatMap(([field, sort, zeroIsPrice]) => {
    const usd = dollars(pricing[field]);
    if (usd === undefined || (usd === 0 && !zeroIsPrice)) return [];
    return [{ sort, serviceTier: undefined, aboveInputTokens: 0, picoUsd: Math.round(usd * 1e12) }];
  });
}

function feesIn(pricing: Pricing): PublishedFee[] {
  return fees.flatMap(([field, fee]) => {
    const usd = dollars(pricing[field]);
    return usd === undefined || usd === 0 ? [] : [{ fee, nanoUsd: Math.round(usd * 1e9) }];
  });
}

/** Undefined if there is no price, or if none is known beforehand, which "-1" means. */
function dollars(value: unknown): number | undefined {
  const usd = typeof value === 'string' && value !== '' ? Number(value) : undefined;
  return usd === undefined || !Number.isFinite(usd) || usd < 0 ? undefined : usd;
}
