import { type WrittenModels, type WrittenProvider, viaOpenRouterHosts } from './written.ts';

/*
 * Prices, sizes and features: an excerpt of https://api-docs.deepseek.com/quick_start/pricing as of 2026-11-15. At its
 * peak hours, 01:00 to 04:00 and 06:00 to 10:00 UTC on working days in China, it charges what is here; at all others
 * half. A price that changes with the hour can't be written down, and one that is too low would let a limit be overrun.
 *
 * Thinking: an excerpt of https://api-docs.deepseek.com/guides/thinking_mode. It has the Responses API too, but may run
 * searches there that are charged each; so it is asked for chat completions.
 *
 * At OpenRouter it is DeepSeek V4.1 Flash. Of the companies that serve it, none that was looked up, as of 2026-11, is
 * dearer than DeepSeek itself at its peak hours.
 */

export const deepSeekProvider: WrittenProvider = {
  kind: 'openai',
  baseUrl: 'https://api.deepseek.com',
  secret: 'DEEPSEEK_API_KEY',
  protocols: ['chat'],
  healthCheck: { path: '/models' },
  neutralParams: ['thinking'],
  quirks: {
    outputCap: 'max_tokens',
    // It answers that it knows the roles system, user, assistant and tool, as in
    // https://github.com/earendil-works/pi/issues/1048.
    developerRole: false,
    // In a turn of tool calls it wants back what it thought.
    extensions: ['reasoning_content'],
    reasoning: 'switch-and-effort',
  },
};

const common = {
  // A million by its page, which is taken to be the larger of the two that are called so.
  contextTokens: 1_048_576,
  maxOutputTokens: 384_000,
  reasoning: true,
  tools: true,
} as const;

export const deepSeekModels: WrittenModels = {
  'deepseek-flash': {
    ...common,
    // Retired names that are still answered, by this model and at its price.
    aliases: ['deepseek-v4-flash'],
    targets: [
      { provider: 'deepseek', model: 'deepseek-flash' },
      viaOpenRouterHosts('deepseek/deepseek-v4.1-flash', { input: '0.3', output: '1.2' }),
    ],
    input: ['text', 'image'],
    price: { input: '0.3', cachedInput: '0.006', output: '1.2' },
    tier: 'budget',
  },
  'deepseek-v4-pro': {
    ...common,
    targets: [{ provider: 'deepseek', model: 'deepseek-v4-pro' }],
    price: { input: '1.32', cachedInput: '0.044', output: '3.96' },
    tier: 'standard',
  },
};
