import type { PricedUsage } from '../catalog/price.ts';
import { type JsonRecord, firstCount } from './json/json-value.ts';

export type CacheWrites = Required<Pick<PricedUsage, 'cacheWrite5mTokens' | 'cacheWrite1hTokens'>> &
  Pick<PricedUsage, 'undividedCacheWriteTokens'>;

/**
 * Counts the tokens that were written to a cache, by how long they are kept.
 * @param sum all of them
 * @param division how many are kept for how long, in Anthropic's words, where the provider says so
 */
export function cacheWritesOf(sum: number, division: JsonRecord | undefined): CacheWrites {
  const long = firstCount(division?.['ephemeral_1h_input_tokens']);
  const short = firstCount(division?.['ephemeral_5m_input_tokens']);
  // A later report has only the sum. Its surplus is of the dearer sort, where there is any of that.
  const more = Math.max(0, sum - long - short);
  if (long > 0) return { cacheWrite5mTokens: short, cacheWrite1hTokens: long + more };
  return {
    cacheWrite5mTokens: short + more,
    cacheWrite1hTokens: 0,
    ...(more === 0 ? {} : { undividedCacheWriteTokens: more }),
  };
}
