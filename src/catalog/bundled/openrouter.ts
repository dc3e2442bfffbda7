import { type WrittenModels, type WrittenProvider, viaOpenRouterHosts } from './written.ts';

/*
 * Where this is from. OpenRouter's own pages, as excerpts of them read:
 * - fields: https://openrouter.ai/docs/api-reference/parameters, and the types of its own SDK,
 *   https://github.com/OpenRouterTeam/typescript-sdk as of 2026-08-22
 * - what it passes on of the prices: https://openrouter.ai/docs/faq, as of 2026-11
 * - its look-up of calls: https://openrouter.ai/docs/api-reference/get-a-generation
 * Its names of models are those of its own pages, or of entries of models.dev as of 2026-07-02.
 *
 * Most of what it serves is in this catalog as a second target of a model. Of models that several companies serve for
 * it, each at its own price, it is not known beforehand which of them answers: the price here is a cap, at or above
 * what those charge that were looked up. Five of those that are used most are here or in the file of their maker
 * (DeepSeek Flash, GLM-5.3 Flash), by a copy of its ranking as of 2026-11-06, which has the first seven models:
 * https://huggingface.co/datasets/tensorust/openrouter-model-share-sample
 *
 * Unverified, 2026-11-29: that Kimi K3 and Qwen 3.8 27B come next among those.
 */

export const openRouterProvider: WrittenProvider = {
  kind: 'openai',
  baseUrl: 'https://openrouter.ai/api/v1',
  secret: 'OPENROUTER_API_KEY',
  protocols: ['chat', 'embeddings'],
  // Who calls, on its public ranking. `http-referer` is the address of your own site: set it in your catalog.
  headers: { 'x-title': 'Weir' },
  // An answer without a token that ended in an error is not charged, though its provider may have charged for it:
  // https://openrouter.ai/docs/features/zero-completion-insurance
  billsFailures: false,
  healthCheck: { path: '/models' },
  generationPath: '/generation',
  // How tokens are sampled; how much is thought, within the output cap; names for its logs; and where to cache, which
  // is in the dearest rates, asked for or not.
  neutralParams: [
    'top_k',
    'top_a',
    'min_p',
    'repetition_penalty',
    'reasoning',
    'include_reasoning',
    'session_id',
    'trace',
    'usage',
    'cache_control',
  ],
  quirks: {
    outputCap: 'max_tokens',
    // It asks OpenAI by its Responses API, which takes no smaller cap.
    minOutput: 16,
    // Its own name for it; where a model has none, it is not passed on.
    rename: { top_k: 'top_k' },
    // That it takes the address of a file as its `file_data` its pages have said: unverified on 29 November 2026.
    extensions: ['cache_control', 'reasoning_details', 'file_url', 'routing'],
    reasoning: 'object',
  },
};

/** Models of one company each, which serves them there alone, and then those that several serve. */
export const openRouterModels: WrittenModels = {
  // An entry of models.dev as of 2026-07-02.
  'nova-2-lite': {
    targets: [{ provider: 'openrouter', model: 'amazon/nova-2-lite-v1' }],
    price: { input: '0.3', output: '2.5' },
    contextTokens: 1_000_000,
    maxOutputTokens: 65_535,
    input: ['text', 'image', 'file'],
    reasoning: true,
    tools: true,
    tier: 'budget',
  },
  // Twice what an entry of models.dev has as of 2026-07-02: its maker's list price, which OpenRouter may undercut.
  'qwen3.7-max': {
    targets: [{ provider: 'openrouter', model: 'qwen/qwen3.7-max' }],
    price: { input: '2.5', cacheWrite5m: '3.125', output: '7.5' },
    contextTokens: 1_000_000,
    maxOutputTokens: 65_536,
    reasoning: true,
    tools: true,
    structuredOutput: true,
    tokenizer: 'qwen',
    tier: 'standard',
  },
  // The list price of Tencent itself and of Novita, as of 2026-11, who both sell it at half of it; Chutes is cheaper.
  hy4: {
    targets: [viaOpenRouterHosts('tencent/hy4', undefined)],
    price: { input: '0.834', output: '2.501' },
    // 1,024,000 by one page, a million by others.
    contextTokens: 1_048_576,
    maxOutputTokens: 65_536,
    input: ['text', 'image'],
    reasoning: true,
    tools: true,
    structuredOutput: true,
    tier: 'standard',
  },
  // The price of Moonshot itself, and of Novita, as of 2026-07 to 2026-11: also for what is written to a cache.
  'kimi-k3': {
    targets: [viaOpenRouterHosts('moonshotai/kimi-k3', undefined)],
    price: { input: '3', cacheWrite1h: '6', output: '15' },
    contextTokens: 1_048_576,
    maxOutputTokens: 1_048_576,
    input: ['text', 'image'],
    reasoning: true,
    tools: true,
    tier: 'standard',
  },
  // The dearest input (Cerebras) and the dearest output (Reka, Wafer) of
  // https://openrouter.ai/qwen/qwen3.8-27b/providers as of 2026-10-07, in the copy of
  // https://github.com/tgarg01/silybench-data. Groq's is `qwen3.8-27b`.
  'or-qwen3.8-27b': {
    targets: [viaOpenRouterHosts('qwen/qwen3.8-27b', undefined)],
    price: { input: '0.99', output: '4.35' },
    contextTokens: 1_048_576,
    maxOutputTokens: 262_144,
    input: ['text', 'image'],
    reasoning: true,
    tools: true,
    tokenizer: 'qwen',
    tier: 'standard',
  },
};
