import type { WrittenModel, WrittenModels, WrittenPrice, WrittenProvider } from './written.ts';

/*
 * Z.ai's GLM models. Read from July to November 2026, of pages as they were then:
 * - prices: https://docs.z.ai/guides/overview/pricing
 * - sizes: the models' own pages below https://docs.z.ai/guides
 * - fields: https://docs.z.ai/api-reference/llm/chat-completion and the types of its own SDK, z-ai-sdk-python
 */

export const zaiProvider: WrittenProvider = {
  kind: 'openai',
  baseUrl: 'https://api.z.ai/api/paas/v4',
  secret: 'ZAI_API_KEY',
  protocols: ['chat'],
  // Whether it thinks, samples, and sends a tool's arguments bit by bit; and what a call and its user are called.
  neutralParams: ['thinking', 'do_sample', 'tool_stream', 'request_id', 'user_id'],
  quirks: {
    outputCap: 'max_tokens',
    developerRole: false,
    extensions: ['reasoning_content'],
    reasoning: 'switch',
  },
};

/** A search that it runs costs a cent. */
function price(input: string, cachedInput: string, output: string): WrittenPrice {
  return { input, cachedInput, output, webSearch: '0.01' };
}

type Rest = Pick<WrittenModel, 'price' | 'tier' | 'contextTokens'> & Partial<WrittenModel>;

function glm(name: string, rest: Rest): [string, WrittenModel] {
  const targets = [{ provider: 'zai', model: name }];
  return [name, { maxOutputTokens: 131_072, reasoning: true, tools: true, ...rest, targets }];
}

export const zaiModels: WrittenModels = Object.fromEntries([
  glm('glm-5.3', {
    contextTokens: 1_000_000,
    structuredOutput: true,
    price: price('1.4', '0.26', '4.4'),
    tier: 'standard',
  }),
  glm('glm-5.3-flash', {
    contextTokens: 1_000_000,
    input: ['text', 'image'],
    structuredOutput: true,
    price: price('0.15', '0.03', '0.5'),
    tier: 'budget',
  }),
  glm('glm-5.2', {
    contextTokens: 1_000_000,
    structuredOutput: true,
    price: price('1.4', '0.26', '4.4'),
    tier: 'standard',
  }),
  glm('glm-5.1', {
    contextTokens: 200_000,
    structuredOutput: true,
    price: price('1.4', '0.26', '4.4'),
    tier: 'standard',
  }),
  glm('glm-5v-turbo', {
    contextTokens: 200_000,
    input: ['text', 'image'],
    price: price('1.2', '0.24', '4'),
    tier: 'standard',
  }),
  glm('glm-4.7', { contextTokens: 204_800, price: price('0.6', '0.11', '2.2'), tier: 'budget' }),
  glm('glm-4.7-flashx', { contextTokens: 200_000, price: price('0.07', '0.01', '0.4'), tier: 'budget' }),
]);
