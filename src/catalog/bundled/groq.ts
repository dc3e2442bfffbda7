import { unknownElsewhere } from '../sampling-fields.ts';
import type { WrittenModel, WrittenModels, WrittenProvider } from './written.ts';

/*
 * Where the numbers are from, all second-hand:
 * - prices and sizes of the GPT-OSS models: LiteLLM's list as of 2026-08-06, that of genai-prices as of 2026-08-21, and
 *   entries of models.dev, which agree and cite https://groq.com/pricing and https://console.groq.com/docs/models
 * - Qwen 3.8: an entry of models.dev as of 2026-10, which cites the same
 * - shutdowns: https://console.groq.com/docs/deprecations (the Llama models went on 16 August)
 * Its fields are those of its own SDK, https://github.com/groq/groq-python, as of 2026-08-18.
 */

export const groqProvider: WrittenProvider = {
  kind: 'openai',
  baseUrl: 'https://api.groq.com/openai/v1',
  secret: 'GROQ_API_KEY',
  protocols: ['chat'],
  healthCheck: { path: '/models' },
  // Whether and how it shows its thoughts, checks the arguments of tools, and cites sources.
  neutralParams: ['include_reasoning', 'reasoning_format', 'disable_tool_validation', 'citation_options'],
  quirks: {
    // `messages[].name` results in a 400 error: https://console.groq.com/docs/openai
    toolNames: 'refused',
    // Its page says "not yet supported by any of our models" or "not currently supported", or does not list them.
    drop: [
      'logit_bias',
      'metadata',
      'store',
      'safety_identifier',
      'verbosity',
      'prompt_cache_retention',
      'prompt_cache_options',
      ...unknownElsewhere,
    ],
  },
};

function model(name: string, rest: Omit<WrittenModel, 'targets'>): [string, WrittenModel] {
  const targets = [{ provider: 'groq', model: name }];
  return [
    name.slice(name.indexOf('/') + 1),
    { tools: true, reasoning: true, structuredOutput: true, ...rest, targets },
  ];
}

const gptOss = { contextTokens: 131_072, maxOutputTokens: 65_536, tokenizer: 'o200k', tier: 'budget' };

export const groqModels: WrittenModels = Object.fromEntries([
  model('openai/gpt-oss-120b', {
    price: { input: '0.15', cachedInput: '0.075', output: '0.6' },
    ...gptOss,
  }),
  model('openai/gpt-oss-20b', {
    price: { input: '0.075', cachedInput: '0.0375', output: '0.3' },
    ...gptOss,
  }),
  model('openai/gpt-oss-safeguard-20b', {
    price: { input: '0.075', cachedInput: '0.0375', output: '0.3' },
    ...gptOss,
  }),
  model('qwen/qwen3.8-27b', {
    input: ['text', 'image'],
    price: { input: '0.8', cachedInput: '0.4', output: '4' },
    contextTokens: 131_072,
    maxOutputTokens: 16_384,
    tokenizer: 'qwen',
    tier: 'standard',
  }),
]);
