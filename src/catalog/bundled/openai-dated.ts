import type { WrittenModels } from './written.ts';

/*
 * Versions of models whose price is not that of the model: what has another day in its name is charged as the model is.
 * Second-hand: https://www.llmpricing.site/models/openai/openai-gpt-4o-2024-05-13 and another list as of 2026-06-30,
 * which agree on input and output; of the priority tier the first alone. Neither has a price for cached input.
 * Unverified, 2026-11-29: that OpenAI serves it still, and what it counts an image as.
 */
export const openAiDatedModels: WrittenModels = {
  'gpt-4o-2024-05-13': {
    targets: [{ provider: 'openai', model: 'gpt-4o-2024-05-13', cancels: true }],
    price: { input: '5', output: '15', serviceTiers: { priority: { input: '8.75', output: '26.25' } } },
    contextTokens: 128_000,
    maxOutputTokens: 4096,
    outputTokensPerSecondMax: 1000,
    input: ['text', 'image'],
    imageTokens: 1445,
    tools: true,
    tokenizer: 'o200k',
    tier: 'standard',
  },
};
