import { asksForLongCache } from '../../protocols/messages/prompt.ts';
import type { PricedUsage } from '../../catalog/price.ts';
import { asList, asRecord, asText } from '../../protocols/json/json-value.ts';
import { fieldOf } from './unbounded.ts';
import type { AnyCall } from '../../protocols/protocols.ts';

/** Fills the gaps in a usage from what was asked for. */

/**
 * The same usage. Where it does not say which price applies, the dearest one that the request allows is assumed.
 * @param call as it was encoded for its target
 */
export function asAsked(usage: PricedUsage, call: AnyCall): PricedUsage {
  const { undividedCacheWriteTokens: undivided = 0, cacheWrite5mTokens = 0, cacheWrite1hTokens = 0 } = usage;
  if (undivided === 0 || !wantsLongCache(call)) return usage;
  return {
    ...usage,
    cacheWrite5mTokens: cacheWrite5mTokens - undivided,
    cacheWrite1hTokens: cacheWrite1hTokens + undivided,
  };
}

/** How long OpenAI keeps a cache if nobody asks for more. */
const shortRetentions: ReadonlySet<unknown> = new Set(['in_memory', 'in-memory']);
const shortTtls: ReadonlySet<unknown> = new Set(['5m', '30m']);

/** Whether the call asks for a longer cache than the provider's default. */
export function wantsLongCache(call: AnyCall): boolean {
  // The bound of a message knows only these.
  if (call.protocol === 'messages') return asksForLongCache(call);
  const retention = fieldOf(call, 'prompt_cache_retention');
  if (isSet(retention) && !shortRetentions.has(retention)) return true;
  const ttl = asRecord(fieldOf(call, 'prompt_cache_options'))?.['ttl'];
  if (isSet(ttl) && !shortTtls.has(ttl)) return true;
  return hasLongMark(call.request);
}

/** It may stand anywhere: at the top, in a message, in a part of one, or in a tool. */
function hasLongMark(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasLongMark);
  const record = asRecord(value);
  if (record === undefined) return false;
  const ttl = asRecord(record['cache_control'])?.['ttl'];
  return (isSet(ttl) && ttl !== '5m') || Object.values(record).some(hasLongMark);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/**
 * How many web searches a chat call has surely asked for, where the provider does not count them: one at most. The
 * other protocols report each search.
 */
export function searchesAsked(call: AnyCall): number {
  if (call.protocol !== 'chat') return 0;
  if (isSet(fieldOf(call, 'web_search_options'))) return 1;
  const tools = asList(fieldOf(call, 'tools')).map(asRecord);
  return tools.some((tool) => {
    const isSearch = asText(tool?.['type'])?.startsWith('web_search') === true;
    return isSearch && asRecord(tool?.['web_search'])?.['enable'] !== false;
  })
    ? 1
    : 0;
}
