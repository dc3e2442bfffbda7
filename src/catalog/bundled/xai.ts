import {
  type WrittenModel,
  type WrittenModels,
  type WrittenPrice,
  type WrittenProvider,
  times,
  viaOpenRouter,
} from './written.ts';

/*
 * Where the numbers are from. From excerpts of xAI's own pages:
 * - Grok 4.20, and the prompt from which on it costs more: https://docs.x.ai/developers/models/grok-4.20-0309.md
 * - searches: https://docs.x.ai/developers/pricing.md
 * Second-hand:
 * - Grok 4.7: several, as of 2026-09-21 to 2026-09-29, which cite https://docs.x.ai/developers/models/grok-4.7
 * - cached input of Grok 4.5: notes which cite the page beside it, as of 2026-10-18; that OpenRouter has Grok 4.6:
 *   several programs that ask it there, as of 2026-09
 * - shutdowns: a reseller's note as of 2026-11-27 (Grok Build went on 19 November)
 * - all others, and sizes: entries of models.dev, LiteLLM's list as of 2026-08-06 and that of genai-prices as of
 *   2026-08-21, which cite the pages beside it; the dearer where they differ
 * - what it rejects: https://docs.x.ai/developers/model-capabilities/text/reasoning as cited by others, and its answers
 *   in https://github.com/miaoxworld/NativeTavern/issues/83, as of 2026-09-15
 */

export const xaiProvider: WrittenProvider = {
  kind: 'openai',
  baseUrl: 'https://api.x.ai/v1',
  secret: 'XAI_API_KEY',
  protocols: ['chat', 'responses'],
  healthCheck: { path: '/models' },
  quirks: {
    // All of its models were seen to reject the first. Those that reason, which are nearly all, reject both.
    drop: ['presence_penalty', 'frequency_penalty'],
  },
};

/** All of a prompt of 200,000 tokens or more costs twice as much. A search that it runs costs half a cent. */
function price(input: string, cachedInput: string, output: string): WrittenPrice {
  return {
    input,
    cachedInput,
    output,
    webSearch: '0.005',
    above: [{ inputTokens: 199_999, input: times(input, 2), output: times(output, 2) }],
  };
}

type Rest = Pick<WrittenModel, 'price' | 'tier' | 'contextTokens' | 'maxOutputTokens'> & Partial<WrittenModel>;

function grok(name: string, isAtOpenRouter: boolean, rest: Rest): [string, WrittenModel] {
  const targets = [{ provider: 'xai', model: name }, ...(isAtOpenRouter ? [viaOpenRouter(`x-ai/${name}`)] : [])];
  return [name, { input: ['text', 'image'], reasoning: true, tools: true, structuredOutput: true, ...rest, targets }];
}

// No page names a cap on the output. The first cap is the context, the second is from models.dev.
const flagship = { contextTokens: 500_000, maxOutputTokens: 500_000 };
const wide = { contextTokens: 1_000_000, maxOutputTokens: 30_000 };

export const xaiModels: WrittenModels = Object.fromEntries([
  grok('grok-4.7', true, { ...flagship, price: price('2', '0.5', '6'), tier: 'premium' }),
  grok('grok-4.6', true, {
    ...flagship,
    price: { ...price('2', '0.5', '6'), serviceTiers: { priority: { input: '4', output: '12' } } },
    tier: 'premium',
  }),
  grok('grok-4.5', true, { ...flagship, price: price('2', '0.3', '6'), tier: 'premium' }),
  grok('grok-4.3', true, { ...wide, price: price('1.25', '0.2', '2.5'), tier: 'standard' }),
  grok('grok-4.20-0309-reasoning', false, { ...wide, price: price('1.25', '0.2', '2.5'), tier: 'standard' }),
  grok('grok-4.20-0309-non-reasoning', false, {
    ...wide,
    price: price('1.25', '0.2', '2.5'),
    reasoning: false,
    tier: 'standard',
  }),
]);
