import {
  type WrittenModel,
  type WrittenModels,
  type WrittenPrice,
  type WrittenProvider,
  type WrittenTarget,
  viaOpenRouterHosts,
} from './written.ts';

/*
 * Z.ai's GLM models. Where the numbers are from, all second-hand:
 * - GLM-5.3 and its Flash: release notes as of 2026-08-20, and OpenRouter's and Together's pages of them
 * - GLM-5V Turbo: a note as of 2026-09-03, which cites https://docs.z.ai/guides/overview/pricing
 * - GLM-5 Turbo: an entry of models.dev as of 2026-07-02 and two resellers' pages, which agree
 * - GLM-5.3 Flash at OpenRouter: its own page, and those of companies that serve it, as of 2026-11; its context there
 * - all others, and sizes: entries of models.dev as of 2026-07 to 2026-10, and LiteLLM's list as of 2026-08-06; of two
 *   contexts the larger, which bounds more
 * - a search: copies of https://docs.z.ai/guides/overview/pricing
 * Its fields are those of its own SDK, https://github.com/zai-org/z-ai-sdk-python. Thinking: an excerpt of
 * https://docs.z.ai/guides/capabilities/thinking-mode, and notes of people who tried it, as of 2026-08-14 to
 * 2026-10-20. It accepts a JSON schema but does not keep to it: https://github.com/BerriAI/litellm/issues/37720.
 */

export const zaiProvider: WrittenProvider = {
  kind: 'openai',
  baseUrl: 'https://api.z.ai/api/paas/v4',
  secret: 'ZAI_API_KEY',
  protocols: ['chat'],
  // Whether it thinks, samples, and streams a tool's arguments; and names for a call and its user.
  neutralParams: ['thinking', 'do_sample', 'tool_stream', 'request_id', 'user_id'],
  quirks: {
    outputCap: 'max_tokens',
    developerRole: false,
    extensions: ['reasoning_content'],
    // GLM-5.3 rejects a request not to think. Models before GLM-5.2 know no effort, and think.
    reasoning: 'steps',
  },
};

/** A search that it runs costs a cent. */
function price(input: string, cachedInput: string, output: string): WrittenPrice {
  return { input, cachedInput, output, webSearch: '0.01' };
}

type Rest = Pick<WrittenModel, 'price' | 'tier' | 'contextTokens'> & Partial<WrittenModel>;

function glm(name: string, rest: Rest, elsewhere: readonly WrittenTarget[] = []): [string, WrittenModel] {
  const targets = [{ provider: 'zai', model: name }, ...elsewhere];
  return [name, { maxOutputTokens: 131_072, reasoning: true, tools: true, ...rest, targets }];
}

export const zaiModels: WrittenModels = Object.fromEntries([
  glm('glm-5.3', {
    contextTokens: 1_048_576,
    price: price('1.4', '0.26', '4.4'),
    tier: 'standard',
  }),
  glm(
    'glm-5.3-flash',
    {
      contextTokens: 1_310_720,
      input: ['text', 'image'],
      price: price('0.15', '0.03', '0.5'),
      tier: 'budget',
    },
    [viaOpenRouterHosts('z-ai/glm-5.3-flash', { input: '0.15', output: '0.5' })],
  ),
  glm('glm-5.2', {
    contextTokens: 1_048_576,
    price: price('1.4', '0.26', '4.4'),
    tier: 'standard',
  }),
  glm('glm-5.1', {
    contextTokens: 204_800,
    price: price('1.4', '0.26', '4.4'),
    tier: 'standard',
  }),
  glm('glm-5v-turbo', {
    contextTokens: 204_800,
    input: ['text', 'image'],
    price: price('1.2', '0.24', '4'),
    tier: 'standard',
  }),
  glm('glm-5-turbo', { contextTokens: 202_752, price: price('1.2', '0.24', '4'), tier: 'standard' }),
  glm('glm-4.7', { contextTokens: 204_800, price: price('0.6', '0.11', '2.2'), tier: 'budget' }),
  glm('glm-4.7-flashx', { contextTokens: 204_800, price: price('0.07', '0.01', '0.4'), tier: 'budget' }),
]);
