import type { WrittenModels, WrittenProvider } from './written.ts';

/*
 * Where this is from. OpenRouter's own pages, as excerpts of them read:
 * - fields: https://openrouter.ai/docs/api-reference/parameters, and the types of its own SDK,
 *   https://github.com/OpenRouterTeam/typescript-sdk as of 2026-08-22
 * - what it passes on of the prices: https://openrouter.ai/docs/faq, as of 2026-11
 * - its look-up of calls: https://openrouter.ai/docs/api-reference/get-a-generation
 * Its names of models are those of its own pages, or of entries of models.dev as of 2026-07-02.
 *
 * Most of what it serves is in this catalog as a second target of a model. Models that several companies serve for it,
 * each at its own price, are not: which of them answers, and so what a call costs, is not known beforehand.
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
    extensions: ['cache_control', 'reasoning_details'],
    reasoning: 'object',
  },
};

/** Models of one company each, which serves them there alone. */
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
};
