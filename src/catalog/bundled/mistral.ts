import { unknownElsewhere } from '../sampling-fields.ts';
import type { WrittenModel, WrittenModels, WrittenProvider } from './written.ts';

/*
 * Where the numbers are from, all second-hand:
 * - Large 4: copies by others of https://docs.mistral.ai/inference/pricing and
 *   https://docs.mistral.ai/models/mistral-large-4-0, as of 2026-10-08
 * - Medium 3.5, Large 3 and Small 4: the same page of prices, as copied on 2026-08-14 and 2026-09-16
 * - all others: that of genai-prices as of 2026-08-21 and entries of models.dev, which cite the page
 * - the Magistrals: their models' page, and entries of models.dev as of 2026-07-02
 * - shutdowns: a list as of 2026-08-21 (Devstral 2 went on 31 July, and with it the last of its name)
 * - sizes: entries of models.dev, and LiteLLM's list as of 2026-08-06; of two contexts the larger, which bounds more
 * It rejects fields whose names it does not know: all that its own SDK does not have,
 * https://github.com/mistralai/client-python as of 2026-06-30.
 */

export const mistralProvider: WrittenProvider = {
  kind: 'openai',
  baseUrl: 'https://api.mistral.ai/v1',
  secret: 'MISTRAL_API_KEY',
  protocols: ['chat', 'embeddings'],
  healthCheck: { path: '/models' },
  neutralParams: ['random_seed', 'safe_prompt', 'prompt_mode'],
  quirks: {
    outputCap: 'max_tokens',
    // Its streams end with the usage without being asked.
    streamUsage: false,
    rename: { seed: 'random_seed' },
    drop: [
      'logit_bias',
      'user',
      'store',
      'safety_identifier',
      'verbosity',
      'prompt_cache_retention',
      'prompt_cache_options',
      ...unknownElsewhere,
    ],
    developerRole: false,
  },
};

function model(name: string, rest: Omit<WrittenModel, 'targets'>): [string, WrittenModel] {
  return [name, { tools: true, ...rest, targets: [{ provider: 'mistral', model: name }] }];
}

function embedding(name: string, price: WrittenModel['price']): [string, WrittenModel] {
  const targets = [{ provider: 'mistral', model: name }];
  return [name, { targets, endpoints: ['embeddings'], price, contextTokens: 8192, maxOutputTokens: 1 }];
}

export const mistralModels: WrittenModels = Object.fromEntries([
  model('mistral-medium-2604', {
    aliases: ['mistral-medium-3.5', 'mistral-medium-latest'],
    price: { input: '1.5', cachedInput: '0.15', output: '7.5' },
    contextTokens: 262_144,
    maxOutputTokens: 262_144,
    input: ['text', 'image'],
    reasoning: true,
    structuredOutput: true,
    tier: 'standard',
  }),
  // The list price. For two weeks from 6 October it cost half.
  model('mistral-large-4', {
    price: { input: '1.36', cachedInput: '0.14', output: '4.18' },
    contextTokens: 1_048_576,
    // Its own card names no cap. This is the cap at OpenRouter and Vercel, which resell it.
    maxOutputTokens: 262_144,
    input: ['text', 'image'],
    reasoning: true,
    tier: 'standard',
  }),
  // Mistral decides what this name is. Until August it was Large 3. Unverified, 2026-11-29: whether it is Large 4 now.
  // So it has Large 4's price and context, which are the larger.
  model('mistral-large-latest', {
    price: { input: '1.36', cachedInput: '0.14', output: '4.18' },
    contextTokens: 1_048_576,
    maxOutputTokens: 262_144,
    input: ['text', 'image'],
    tier: 'standard',
  }),
  model('mistral-large-2512', {
    price: { input: '0.5', cachedInput: '0.05', output: '1.5' },
    contextTokens: 262_144,
    maxOutputTokens: 262_144,
    input: ['text', 'image'],
    tier: 'standard',
  }),
  model('mistral-small-2603', {
    aliases: ['mistral-small-latest'],
    price: { input: '0.15', cachedInput: '0.015', output: '0.6' },
    contextTokens: 262_144,
    maxOutputTokens: 256_000,
    input: ['text', 'image'],
    reasoning: true,
    tier: 'budget',
  }),
  // Unverified, 2026-11-29: that the Magistrals, of September 2025, are still served, and what their cached input
  // costs.
  model('magistral-medium-2509', {
    price: { input: '2', output: '5' },
    contextTokens: 131_072,
    maxOutputTokens: 128_000,
    input: ['text', 'image'],
    reasoning: true,
    tier: 'standard',
  }),
  model('magistral-small-2509', {
    price: { input: '0.5', output: '1.5' },
    contextTokens: 131_072,
    maxOutputTokens: 128_000,
    input: ['text', 'image'],
    reasoning: true,
    tier: 'budget',
  }),
  model('ministral-14b-2512', {
    aliases: ['ministral-14b-latest'],
    price: { input: '0.2', cachedInput: '0.02', output: '0.2' },
    contextTokens: 262_144,
    maxOutputTokens: 128_000,
    input: ['text', 'image'],
    tier: 'budget',
  }),
  model('ministral-3b-2512', {
    aliases: ['ministral-3b-latest'],
    price: { input: '0.1', cachedInput: '0.01', output: '0.1' },
    contextTokens: 262_144,
    maxOutputTokens: 128_000,
    input: ['text', 'image'],
    tier: 'budget',
  }),
  model('ministral-8b-2512', {
    aliases: ['ministral-8b-latest'],
    price: { input: '0.15', cachedInput: '0.015', output: '0.15' },
    contextTokens: 262_144,
    maxOutputTokens: 128_000,
    tier: 'budget',
  }),
  model('codestral-2508', {
    aliases: ['codestral-latest'],
    price: { input: '0.3', cachedInput: '0.03', output: '0.9' },
    contextTokens: 262_144,
    maxOutputTokens: 128_000,
    structuredOutput: true,
    tier: 'budget',
  }),
  embedding('mistral-embed', { input: '0.1', output: '0' }),
  embedding('codestral-embed', { input: '0.15', cachedInput: '0.015', output: '0' }),
]);
