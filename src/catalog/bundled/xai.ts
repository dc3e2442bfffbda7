import {
  type WrittenModel,
  type WrittenModels,
  type WrittenPrice,
  type WrittenProvider,
  times,
  viaOpenRouter,
} from './written.ts';

/*
 * Read from July to October 2026, of pages as they were then:
 * - prices and sizes: https://docs.x.ai/developers/pricing and the models' own pages below /developers/models
 * - fields: https://docs.x.ai/developers/rest-api-reference and
 *   https://docs.x.ai/developers/model-capabilities/text/reasoning
 */

export const xaiProvider: WrittenProvider = {
  kind: 'openai',
  baseUrl: 'https://api.x.ai/v1',
  secret: 'XAI_API_KEY',
  protocols: ['chat', 'responses'],
  healthCheck: { path: '/models' },
  quirks: {
    // Its models that reason, which are nearly all, refuse these.
    drop: ['presence_penalty', 'frequency_penalty', 'logit_bias'],
  },
};

/** A prompt of more than 200,000 tokens costs twice as much, all of it; a search that it runs, half a cent. */
function price(input: string, cachedInput: string, output: string): WrittenPrice {
  return {
    input,
    cachedInput,
    output,
    webSearch: '0.005',
    above: [{ inputTokens: 200_000, input: times(input, 2), output: times(output, 2) }],
  };
}

type Rest = Pick<WrittenModel, 'price' | 'tier' | 'contextTokens' | 'maxOutputTokens'> & Partial<WrittenModel>;

function grok(name: string, openRouterName: string | undefined, rest: Rest): [string, WrittenModel] {
  const targets = [
    { provider: 'xai', model: name },
    ...(openRouterName === undefined ? [] : [viaOpenRouter(`x-ai/${openRouterName}`)]),
  ];
  return [name, { input: ['text', 'image'], reasoning: true, tools: true, structuredOutput: true, ...rest, targets }];
}

const flagship = { contextTokens: 500_000, maxOutputTokens: 500_000 };
const wide = { contextTokens: 1_000_000, maxOutputTokens: 30_000 };

export const xaiModels: WrittenModels = Object.fromEntries([
  grok('grok-4.7', 'grok-4.7', { ...flagship, price: price('2', '0.5', '6'), tier: 'premium' }),
  grok('grok-4.6', undefined, {
    ...flagship,
    price: { ...price('2', '0.5', '6'), serviceTiers: { priority: { input: '4', output: '12' } } },
    tier: 'premium',
  }),
  grok('grok-4.5', 'grok-4.5', { ...flagship, price: price('2', '0.5', '6'), tier: 'premium' }),
  grok('grok-4.3', 'grok-4.3', { ...wide, price: price('1.25', '0.2', '2.5'), tier: 'standard' }),
  grok('grok-4.20-0309-reasoning', undefined, { ...wide, price: price('1.25', '0.2', '2.5'), tier: 'standard' }),
  grok('grok-4.20-0309-non-reasoning', undefined, {
    ...wide,
    price: price('1.25', '0.2', '2.5'),
    reasoning: false,
    tier: 'standard',
  }),
  grok('grok-build-0.1', 'grok-build-0.1', {
    contextTokens: 256_000,
    maxOutputTokens: 256_000,
    price: price('1', '0.2', '2'),
    tier: 'standard',
  }),
]);
