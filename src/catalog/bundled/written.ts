import type { CatalogDocument } from '../document.ts';

/** The parts of a catalog as they are written. Parsing fills in what they leave out. */

export type WrittenProvider = CatalogDocument['providers'][string];
export type WrittenModel = CatalogDocument['models'][string];
export type WrittenModels = CatalogDocument['models'];
export type WrittenPrice = Exclude<NonNullable<WrittenModel['price']>, readonly unknown[]>;
export type WrittenTarget = WrittenModel['targets'][number];

/** A price has at most six decimals, so its product with a factor of a few digits is exact. */
export function times(rate: string, factor: number): string {
  return (Number(rate) * factor).toFixed(6).replace(/\.?0+$/, '');
}

/** Through OpenRouter, which charges what the model's maker charges: https://openrouter.ai/docs/faq */
export function viaOpenRouter(model: string): WrittenTarget {
  return { provider: 'openrouter', model };
}

/**
 * Through OpenRouter, where several companies serve the model, each at its own price. The cap, or else the model's
 * price, is sent along, and OpenRouter asks nobody who is dearer. No company that was looked up charges more. Their
 * price of cached input is not known, so it costs what other input does.
 */
export function viaOpenRouterHosts(model: string, cap?: WrittenPrice): WrittenTarget {
  return { ...viaOpenRouter(model), capsPrice: true, ...(cap === undefined ? {} : { price: cap }) };
}

/** Through Cloudflare's AI Gateway. It adds nothing to the price of a call made with a key of one's own. */
export function viaCloudflare(model: string): WrittenTarget {
  return { provider: 'cloudflare-ai-gateway', model };
}
