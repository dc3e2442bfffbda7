import { type WrittenModels, type WrittenProvider, viaOpenRouterHosts } from './written.ts';

/*
 * Prices, sizes and features: an excerpt of https://api-docs.deepseek.com/quick_start/pricing as of 2026-11-15. At its
 * peak hours, 01:00 to 04:00 and 06:00 to 10:00 UTC on working days in China, it charges the prices here, and half of
 * them at other hours. The catalog has no prices by the hour, and a price that is too low would let a limit be overrun.
 *
 * Thinking: an excerpt of https://api-docs.deepseek.com/guides/thinking_mode. It speaks the Responses API, too, but may
 * run searches there and charge for each. So it is asked for chat completions.
 *
 * OpenRouter calls it DeepSeek V4.1 Flash. As of 2026-11, no company that was found to serve it is dearer than DeepSeek
 * itself at its peak hours.
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
    // Its error lists the roles that it knows: system, user, assistant and tool, as in
    // https://github.com/earendil-works/pi/issues/1048.
    developerRole: false,
    // In a turn of tool calls it wants its own thoughts back.
    extensions: ['reasoning_content'],
    reasoning: 'switch-and-effort',
  },
};

const common = {
  // Its page says a million. This is the larger of the two numbers called that.
  contextTokens: 1_048_576,
  maxOutputTokens: 384_000,
  reasoning: true,
  tools: true,
} as const;

export const deepSeekModels: WrittenModels = {
  'deepseek-flash': {
    ...common,
    // A retired name. This model still answers it, at its own price.
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
