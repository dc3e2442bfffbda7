import type { PricedUsage } from '../catalog/price.ts';
import { type JsonRecord, firstCount } from './json/json-value.ts';

export type CacheWrites = Required<Pick<PricedUsage, 'cacheWrite5mTokens' | 'cacheWrite1hTokens'>> &
  Pick<PricedUsage, 'undividedCacheWriteTokens'>;

/**
 * What was written to a cache, and for how long.
 * @param sum all of it
 * @param division how much of it is kept for how long, in Anthropic's words, where that is said
 */
export function cacheWritesOf(sum: number, division: JsonRecord | undefined): CacheWrites {
  const long = firstCount(division?.['ephemeral_1h_input_tokens']);
  const short = firstCount(division?.['ephemeral_5m_input_tokens']);
  // A later report has the sum only. What it has more of is of the dearer sort, where there was any of that.
  const more = Math.max(0, sum - long - short);
  if (long > 0) return { cacheWrite5mTokens: short, cacheWrite1hTokens: long + more };
  return {
    cacheWrite5mTokens: short + more,
    cacheWrite1hTokens: 0,
    ...(more === 0 ? {} : { undividedCacheWriteTokens: more }),
  };
}
