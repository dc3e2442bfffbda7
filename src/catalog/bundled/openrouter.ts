import { type WrittenModels, type WrittenProvider, viaOpenRouterHosts } from './written.ts';

/*
 * Where this is from. From excerpts of OpenRouter's own pages:
 * - fields: https://openrouter.ai/docs/api-reference/parameters, and the types of its own SDK,
 *   https://github.com/OpenRouterTeam/typescript-sdk as of 2026-08-22
 * - which prices it passes on: https://openrouter.ai/docs/faq, as of 2026-11
 * - its look-up of calls: https://openrouter.ai/docs/api-reference/get-a-generation
 * Its names of models are from its own pages, or from entries of models.dev as of 2026-07-02.
 *
 * Most of what it serves is in this catalog as a second target of a model. Some models are served by several companies,
 * each at its own price. Nobody knows beforehand which of them answers, so the price here is a cap: no company that was
 * looked up charges more. Five of the most used models are here or in the file of their maker (DeepSeek Flash, GLM-5.3
 * Flash), by a copy of its ranking as of 2026-11-06, which has the first seven:
 * https://huggingface.co/datasets/tensorust/openrouter-model-share-sample
 *
 * Unverified, 2026-11-29: that Kimi K3 and Qwen 3.8 27B come next.
 */

export const openRouterProvider: WrittenProvider = {
  kind: 'openai',
  baseUrl: 'https://openrouter.ai/api/v1',
  secret: 'OPENROUTER_API_KEY',
  protocols: ['chat', 'embeddings'],
  // The name of the caller on its public ranking. `http-referer` is the address of your own site: set it in your
  // catalog.
  headers: { 'x-title': 'Weir' },
  // It does not charge for an answer without a token that ended in an error, even if its provider charged for it:
  // https://openrouter.ai/docs/features/zero-completion-insurance
  billsFailures: false,
  healthCheck: { path: '/models' },
  generationPath: '/generation',
  // How tokens are sampled, how much is thought within the output cap, names for its logs, and where to cache. The
  // dearest rates include writes to a cache, whether they are asked for or not.
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
    // It asks OpenAI through the Responses API, which takes no smaller cap.
    minOutput: 16,
    // A field that it knows by its usual name. It does not pass it on to models that lack it.
    rename: { top_k: 'top_k' },
    // Its pages said that it takes the address of a file as its `file_data`. Unverified on 29 November 2026.
    extensions: ['cache_control', 'reasoning_details', 'file_url', 'routing'],
    reasoning: 'object',
  },
};

/** First the models that only one company serves there, then those that several serve. */
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
  // Its maker's list price: twice the one in an entry of models.dev as of 2026-07-02. OpenRouter may charge less.
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
  // The list price of Tencent itself and of Novita, as of 2026-11. Both sell it at half of that. Chutes is cheaper.
  hy4: {
    targets: [viaOpenRouterHosts('tencent/hy4')],
    price: { input: '0.834', output: '2.501' },
    // One page says 1,024,000, others say a million.
    contextTokens: 1_048_576,
    maxOutputTokens: 65_536,
    input: ['text', 'image'],
    reasoning: true,
    tools: true,
    structuredOutput: true,
    tier: 'standard',
  },
  // The price of Moonshot itself and of Novita, as of 2026-07 to 2026-11, writes to a cache included.
  'kimi-k3': {
    targets: [viaOpenRouterHosts('moonshotai/kimi-k3')],
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
    targets: [viaOpenRouterHosts('qwen/qwen3.8-27b')],
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
