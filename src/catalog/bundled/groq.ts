import type { WrittenModel, WrittenModels, WrittenProvider } from './written.ts';

/*
 * Read from August to November 2026, of pages as they were then:
 * - prices and sizes: https://groq.com/pricing and https://console.groq.com/docs/models
 * - shutdowns: https://console.groq.com/docs/deprecations (the Llama models went on 16 August 2026)
 * - fields: https://console.groq.com/docs/api-reference and the types of its own SDK, groq-python 1.x
 */

export const groqProvider: WrittenProvider = {
  kind: 'openai',
  baseUrl: 'https://api.groq.com/openai/v1',
  secret: 'GROQ_API_KEY',
  protocols: ['chat'],
  healthCheck: { path: '/models' },
  // How what was thought is shown, whether arguments of tools are checked, and whether sources are cited.
  neutralParams: ['include_reasoning', 'reasoning_format', 'disable_tool_validation', 'citation_options'],
  quirks: {
    // "Not yet supported by any of our models", "not currently supported", or in none of its lists.
    drop: ['logit_bias', 'metadata', 'store', 'safety_identifier', 'verbosity', 'prompt_cache_retention'],
  },
};

function model(name: string, rest: Omit<WrittenModel, 'targets'>): [string, WrittenModel] {
  const targets = [{ provider: 'groq', model: name }];
  return [
    name.slice(name.indexOf('/') + 1),
    { tools: true, reasoning: true, structuredOutput: true, ...rest, targets },
  ];
}

export const groqModels: WrittenModels = Object.fromEntries([
  model('openai/gpt-oss-120b', {
    price: { input: '0.15', cachedInput: '0.075', output: '0.6' },
    contextTokens: 131_072,
    maxOutputTokens: 65_536,
    tokenizer: 'o200k',
    tier: 'budget',
  }),
  model('openai/gpt-oss-20b', {
    price: { input: '0.075', cachedInput: '0.0375', output: '0.3' },
    contextTokens: 131_072,
    maxOutputTokens: 65_536,
    tokenizer: 'o200k',
    tier: 'budget',
  }),
  model('openai/gpt-oss-safeguard-20b', {
    price: { input: '0.075', cachedInput: '0.0375', output: '0.3' },
    contextTokens: 131_072,
    maxOutputTokens: 65_536,
    tokenizer: 'o200k',
    tier: 'budget',
  }),
  model('qwen/qwen3.8-27b', {
    input: ['text', 'image'],
    price: { input: '0.8', cachedInput: '0.4', output: '4' },
    contextTokens: 131_042,
    maxOutputTokens: 16_384,
    tokenizer: 'qwen',
    tier: 'standard',
  }),
]);
