import type { WrittenModel, WrittenModels, WrittenProvider } from './written.ts';

/*
 * Where the numbers are from. From excerpts and copies of Cloudflare's own pages:
 * - DeepSeek V4, with the price of cached input and the context: its entries in
 *   https://github.com/cloudflare/cloudflare-docs as of 2026-08-14, and
 *   https://developers.cloudflare.com/workers-ai/models/deepseek-v4-flash-0731/
 * - Qwen 3.8: https://developers.cloudflare.com/workers-ai/models/qwen3.8-27b/, which has no price for cached input
 * - the BGE models for English, and Llama 3.3: their entries and the page of prices in
 *   https://github.com/cloudflare/cloudflare-docs
 * - GPT-OSS 120B: https://developers.cloudflare.com/workers-ai/platform/pricing/ as of 2026-09-20, in the copy of
 *   https://github.com/api-evangelist/cloudflare
 * - its gateway and the form of names there: https://developers.cloudflare.com/ai-gateway/usage/chat-completion/
 * Second-hand: all other prices and sizes, from entries of models.dev as of 2026-08 to 2026-10, which cite those pages.
 * Where they name two contexts, the larger stands here: it bounds more.
 *
 * Not here: Clef, which does not chat, and Apertus 1.5 and EuroLLM, which have no price. The prices leave out the free
 * allocation of each day.
 */

/** It needs the `AI` binding, or else an account and its token. */
export const workersAiProvider: WrittenProvider = { kind: 'workers-ai' };

/** It needs an account and a gateway. The gateway stores the credentials of the providers behind it. */
export const cloudflareGatewayProvider: WrittenProvider = { kind: 'cloudflare-ai-gateway' };

function model(name: string, target: string, rest: Omit<WrittenModel, 'targets'>): [string, WrittenModel] {
  return [name, { ...rest, targets: [{ provider: 'workers-ai', model: target }] }];
}

function embedding(name: string, target: string, input: string, contextTokens: number): [string, WrittenModel] {
  const price = { input, output: '0' };
  return model(name, target, { endpoints: ['embeddings'], price, contextTokens, maxOutputTokens: 1 });
}

const gptOss = { contextTokens: 128_000, maxOutputTokens: 16_384, tokenizer: 'o200k', tier: 'budget' };
const reasons = { reasoning: true, tools: true, structuredOutput: true };

export const workersAiModels: WrittenModels = Object.fromEntries([
  model('cf-glm-5.3', '@cf/zai-org/glm-5.3', {
    ...reasons,
    price: { input: '1.4', cachedInput: '0.26', output: '4.4' },
    contextTokens: 1_310_720,
    maxOutputTokens: 131_072,
    tier: 'standard',
  }),
  model('cf-glm-5.3-flash', '@cf/zai-org/glm-5.3-flash', {
    ...reasons,
    input: ['text', 'image'],
    price: { input: '0.15', cachedInput: '0.03', output: '0.5' },
    contextTokens: 1_310_720,
    maxOutputTokens: 1_048_576,
    tier: 'budget',
  }),
  model('cf-glm-4.7-flash', '@cf/zai-org/glm-4.7-flash', {
    ...reasons,
    price: { input: '0.0605', output: '0.4' },
    contextTokens: 131_072,
    maxOutputTokens: 131_072,
    tier: 'budget',
  }),
  // Neither has a cap on the output. This is the cap of others that serve them.
  model('cf-deepseek-v4-pro', '@cf/deepseek-ai/deepseek-v4-pro-0813', {
    ...reasons,
    price: { input: '1.32', cachedInput: '0.044', output: '3.96' },
    contextTokens: 1_048_576,
    maxOutputTokens: 393_216,
    tier: 'standard',
  }),
  model('cf-deepseek-v4-flash', '@cf/deepseek-ai/deepseek-v4-flash-0731', {
    ...reasons,
    price: { input: '0.44', cachedInput: '0.014', output: '1.32' },
    contextTokens: 1_048_576,
    maxOutputTokens: 393_216,
    tier: 'budget',
  }),
  model('cf-kimi-k2.7-code', '@cf/moonshotai/kimi-k2.7-code', {
    ...reasons,
    input: ['text', 'image'],
    price: { input: '0.95', cachedInput: '0.19', output: '4' },
    contextTokens: 262_144,
    maxOutputTokens: 262_144,
    tier: 'standard',
  }),
  model('cf-gpt-oss-120b', '@cf/openai/gpt-oss-120b', {
    ...reasons,
    price: { input: '0.35', output: '0.75' },
    ...gptOss,
  }),
  model('cf-gpt-oss-20b', '@cf/openai/gpt-oss-20b', {
    ...reasons,
    price: { input: '0.2', output: '0.3' },
    ...gptOss,
  }),
  model('cf-qwen3.8-27b', '@cf/qwen/qwen3.8-27b', {
    reasoning: true,
    tools: true,
    input: ['text', 'image'],
    price: { input: '0.45', output: '3.2' },
    contextTokens: 262_144,
    maxOutputTokens: 262_144,
    tokenizer: 'qwen',
    tier: 'standard',
  }),
  model('cf-gemma-4-26b', '@cf/google/gemma-4-26b-a4b-it', {
    ...reasons,
    input: ['text', 'image'],
    price: { input: '0.1', output: '0.3' },
    contextTokens: 256_000,
    maxOutputTokens: 16_384,
    tier: 'budget',
  }),
  model('cf-llama-4-scout', '@cf/meta/llama-4-scout-17b-16e-instruct', {
    tools: true,
    input: ['text', 'image'],
    price: { input: '0.27', output: '0.85' },
    contextTokens: 131_000,
    maxOutputTokens: 16_384,
    tier: 'budget',
  }),
  model('cf-llama-3.3-70b', '@cf/meta/llama-3.3-70b-instruct-fp8-fast', {
    tools: true,
    price: { input: '0.293', output: '2.253' },
    contextTokens: 24_000,
    maxOutputTokens: 24_000,
    tokenizer: 'llama3',
    tier: 'standard',
  }),
  embedding('cf-bge-m3', '@cf/baai/bge-m3', '0.012', 60_000),
  embedding('cf-bge-base-en', '@cf/baai/bge-base-en-v1.5', '0.067', 512),
  embedding('cf-bge-large-en', '@cf/baai/bge-large-en-v1.5', '0.204', 512),
  embedding('cf-qwen3-embedding', '@cf/qwen/qwen3-embedding-0.6b', '0.012', 8192),
]);
