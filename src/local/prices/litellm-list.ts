import type { Rates } from '../../catalog/price.ts';
import { asRecord } from '../../protocols/json/json-value.ts';
import type { PriceList, PublishedPrice, PublishedRate } from './published-price.ts';

/**
 * LiteLLM's `model_prices_and_context_window.json`: an object with an entry per model. Its fields are dollars per
 * token, such as `input_cost_per_token`; some end in `_above_200k_tokens`, in a service tier, or in both.
 */

const sorts: ReadonlyMap<string, keyof Rates> = new Map<string, keyof Rates>([
  ['input_cost_per_token', 'input'],
  ['cache_read_input_token_cost', 'cachedInput'],
  ['cache_creation_input_token_cost', 'cacheWrite5m'],
  ['cache_creation_input_token_cost_above_1hr', 'cacheWrite1h'],
  ['input_cost_per_audio_token', 'audioInput'],
  ['output_cost_per_token', 'output'],
  ['output_cost_per_reasoning_token', 'reasoning'],
  ['output_cost_per_audio_token', 'audioOutput'],
]);

const fieldName = /^([a-z0-9_]+?)(?:_above_(\d+)k_tokens)?(?:_(flex|priority))?$/;

/** What the list puts before a model's name. For a provider that is not here: its name and a slash. */
const prefixes: ReadonlyMap<string, readonly string[]> = new Map([
  ['openai', ['', 'openai/']],
  ['anthropic', ['', 'anthropic/']],
  ['google', ['gemini/']],
  ['workers-ai', ['cloudflare/']],
]);

/** Undefined if it is no such list. */
export function readLiteLlmList(json: unknown): PriceList | undefined {
  const entries = Object.entries(asRecord(json) ?? {}).flatMap(([name, value]): [string, PublishedPrice][] => {
    const rates = ratesIn(asRecord(value) ?? {});
    return rates.length === 0 || name === 'sample_spec' ? [] : [[name, { rates, fees: [] }]];
  });
  if (entries.length === 0) return undefined;
  const prices = new Map(entries);
  return {
    size: prices.size,
    find: (provider, model) => {
      const names = (prefixes.get(provider) ?? [`${provider}/`]).map((prefix) => `${prefix}${model}`);
      const name = names.find((each) => prices.has(each));
      return name === undefined ? undefined : prices.get(name);
    },
  };
}

function ratesIn(entry: Readonly<Record<string, unknown>>): PublishedRate[] {
  return Object.entries(entry).flatMap(([field, value]) => {
    const [, name = '', thousands, serviceTier] = fieldName.exec(field) ?? [];
    const sort = sorts.get(name);
    if (sort === undefined || typeof value !== 'number') return [];
    const aboveInputTokens = thousands === undefined ? 0 : Number(thousands) * 1000;
    return [{ sort, serviceTier, aboveInputTokens, picoUsd: Math.round(value * 1e12) }];
  });
}
