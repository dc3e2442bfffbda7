import type { CatalogDocument } from '../document.ts';

/** The parts of a catalog as they are written: what is not said here is filled in when the catalog is parsed. */

export type WrittenProvider = CatalogDocument['providers'][string];
export type WrittenModel = CatalogDocument['models'][string];
export type WrittenModels = CatalogDocument['models'];
export type WrittenPrice = Exclude<NonNullable<WrittenModel['price']>, readonly unknown[]>;
export type WrittenTarget = WrittenModel['targets'][number];

/** A price has at most six decimals; so the product of two of them, of a few digits each, is exact. */
export function times(rate: string, factor: number): string {
  return (Number(rate) * factor).toFixed(6).replace(/\.?0+$/, '');
}

/** By way of OpenRouter, which passes the prices of a model's maker on: https://openrouter.ai/docs/faq */
export function viaOpenRouter(model: string): WrittenTarget {
  return { provider: 'openrouter', model };
}

/**
 * By way of OpenRouter, where several companies serve the model, each at its own price. `cap`, or else the model's
 * price, is sent along: who is dearer is not asked. It is at or above what those charge that were looked up. What they
 * take for cached input is not known, so it costs what other input does.
 */
export function viaOpenRouterHosts(model: string, cap: WrittenPrice | undefined): WrittenTarget {
  return { ...viaOpenRouter(model), capsPrice: true, ...(cap === undefined ? {} : { price: cap }) };
}

/** By way of Cloudflare's AI Gateway, which adds nothing to the price of a call made with a key of one's own. */
export function viaCloudflare(model: string): WrittenTarget {
  return { provider: 'cloudflare-ai-gateway', model };
}
