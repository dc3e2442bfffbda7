import { describe, expect, it } from 'vitest';
import { readLiteLlmList } from '../../src/local/prices/litellm-list.ts';
import { readOpenRouterList } from '../../src/local/prices/openrouter-list.ts';
import { comparePrices } from '../../src/local/prices/price-comparison.ts';
import type { PriceList } from '../../src/local/prices/published-price.ts';
import { parsedCatalog } from '../support/catalog.ts';
import { anyTimeMs } from '../support/price.ts';

const model = (targets: object[], price: object) => ({
  targets,
  price,
  contextTokens: 400_000,
  maxOutputTokens: 1000,
});

const catalog = parsedCatalog({
  providers: {
    openai: { kind: 'openai', baseUrl: 'https://api.openai.com/v1' },
    google: { kind: 'openai', baseUrl: 'https://google.example.com' },
    openrouter: { kind: 'openai', baseUrl: 'https://openrouter.ai/api/v1' },
    'workers-ai': { kind: 'workers-ai' },
    echo: { kind: 'echo' },
  },
  models: {
    echo: model([{ provider: 'echo', model: 'echo' }], { input: '1', output: '2' }),
    large: model(
      [
        { provider: 'openai', model: 'large' },
        { provider: 'openrouter', model: 'maker/large' },
      ],
      {
        input: '2.5',
        cachedInput: '0.25',
        output: '15',
        above: [{ inputTokens: 272_000, input: '5', output: '22.5' }],
        serviceTiers: { priority: { input: '5', output: '30' } },
      },
    ),
    flash: model([{ provider: 'google', model: 'flash' }], { input: '0.3', output: '2.5', audioInput: '1' }),
    vectors: model([{ provider: 'workers-ai', model: '@cf/vectors' }], { input: '0.012', output: '0' }),
    unpriced: { targets: [{ provider: 'openai', model: 'x' }], contextTokens: 10, maxOutputTokens: 10 },
  },
});

function differences(list: PriceList | undefined) {
  if (list === undefined) throw new Error('the list was not understood');
  return comparePrices(catalog, list, anyTimeMs).differences.map(
    ({ target, field, ours, theirs }) => `${target} ${field}: ${ours}, ${theirs}`,
  );
}

const large = {
  input_cost_per_token: 2.5e-6,
  cache_read_input_token_cost: 2.5e-7,
  output_cost_per_token: 1.5e-5,
  input_cost_per_token_above_272k_tokens: 5e-6,
  output_cost_per_token_above_272k_tokens: 2.25e-5,
  cache_read_input_token_cost_above_272k_tokens: 5e-7,
  input_cost_per_token_priority: 5e-6,
  input_cost_per_token_above_272k_tokens_priority: 1e-5,
  max_input_tokens: 400_000,
  litellm_provider: 'openai',
};

describe("a catalog compared with LiteLLM's list", () => {
  it('agrees where every step and tier does, whatever names the list gives to the providers', () => {
    const list = readLiteLlmList({
      sample_spec: { input_cost_per_token: 0 },
      large,
      'gemini/flash': { input_cost_per_token: 3e-7, output_cost_per_token: 2.5e-6, input_cost_per_audio_token: 1e-6 },
      'cloudflare/@cf/vectors': { input_cost_per_token: 1.18e-8 },
      'openrouter/maker/large': { input_cost_per_token: 2.5e-6 },
    });
    expect(list?.size).toBe(4);
    expect(differences(list)).toEqual([]);
  });

  it.each([
    ['input_cost_per_token', 3e-6, 'openai/large input: 2.5, 3'],
    ['output_cost_per_token', 1.4e-5, 'openai/large output: 15, 14'],
    ['output_cost_per_reasoning_token', 2e-5, 'openai/large reasoning: 15, 20'],
    ['cache_read_input_token_cost', 2.6e-7, 'openai/large cachedInput: 0.25, 0.26'],
    ['cache_creation_input_token_cost', 3.125e-6, 'openai/large cacheWrite5m: 2.5, 3.125'],
    ['cache_creation_input_token_cost_above_1hr', 5e-6, 'openai/large cacheWrite1h: 2.5, 5'],
    ['output_cost_per_token_above_272k_tokens', 3e-5, 'openai/large output above 272000 tokens: 22.5, 30'],
    ['input_cost_per_token_above_200k_tokens', 5e-6, 'openai/large input above 200000 tokens: 2.5, 5'],
    ['input_cost_per_token_priority', 6e-6, 'openai/large priority input: 5, 6'],
    ['input_cost_per_token_above_272k_tokens_priority', 5e-6, 'openai/large priority input above 272000 tokens: 10, 5'],
  ])('says by which field it differs: %s', (field, value, difference) => {
    expect(differences(readLiteLlmList({ large: { ...large, [field]: value } }))).toEqual([difference]);
  });

  it('takes no rounding for a difference, and no difference for a rounding', () => {
    const at = (input: number) =>
      differences(readLiteLlmList({ 'cloudflare/@cf/vectors': { input_cost_per_token: input } }));
    expect(at(1.18e-8)).toEqual([]);
    expect(at(1.249e-8)).toEqual([]);
    expect(at(1.26e-8)).toEqual(['workers-ai/@cf/vectors input: 0.012, 0.0126']);
    expect(differences(readLiteLlmList({ 'gemini/flash': { input_cost_per_token: 3.04e-7 } }))).toHaveLength(1);
  });

  it('says nothing of a tier that the catalog does not price', () => {
    expect(differences(readLiteLlmList({ large: { ...large, input_cost_per_token_flex: 1 } }))).toEqual([]);
  });

  it('counts the targets that the list does not know, and neither echo nor what has no price', () => {
    const list = readLiteLlmList({ large });
    if (list === undefined) throw new Error('the list was not understood');
    const { compared, unknown } = comparePrices(catalog, list, anyTimeMs);
    expect(compared).toBe(1);
    expect(unknown).toEqual(['openrouter/maker/large', 'google/flash', 'workers-ai/@cf/vectors']);
  });
});

describe("a catalog compared with OpenRouter's list", () => {
  const listed = (pricing: object) => readOpenRouterList({ data: [{ id: 'maker/large', pricing }] });
  const agreed = { prompt: '0.0000025', completion: '0.000015', request: '0', image: '0.003', web_search: '0' };

  it('agrees where its dollars a token do, and compares the targets of OpenRouter alone', () => {
    const list = listed({ ...agreed, internal_reasoning: '0', input_cache_read: '0.00000025', input_cache_write: '0' });
    expect(differences(list)).toEqual([]);
    expect(list === undefined ? 0 : comparePrices(catalog, list, anyTimeMs).compared).toBe(1);
  });

  it.each([
    ['prompt', '0.000003', 'openrouter/maker/large input: 2.5, 3'],
    ['prompt', '0', 'openrouter/maker/large input: 2.5, 0'],
    ['completion', '0.00002', 'openrouter/maker/large output: 15, 20'],
    ['input_cache_read', '0.0000005', 'openrouter/maker/large cachedInput: 0.25, 0.5'],
    ['input_cache_write', '0.000003125', 'openrouter/maker/large cacheWrite5m: 2.5, 3.125'],
    ['internal_reasoning', '0.00003', 'openrouter/maker/large reasoning: 15, 30'],
    ['request', '0.005', 'openrouter/maker/large request: 0, 0.005'],
    ['web_search', '0.01', 'openrouter/maker/large webSearch: 0, 0.01'],
  ])('says by which field it differs: %s', (field, value, difference) => {
    expect(differences(listed({ ...agreed, [field]: value }))).toEqual([difference]);
  });

  it('compares no price that is not known beforehand', () => {
    expect(differences(listed({ prompt: '-1', completion: '-1', request: 'free' }))).toEqual([]);
  });
});

describe('what is no price list', () => {
  it.each([null, [], 'text', {}, { data: [] }, { data: [{ id: 1 }] }, { model: { max_tokens: 5 } }])(
    'is not taken for one: %j',
    (json) => {
      expect(readLiteLlmList(json)).toBeUndefined();
      expect(readOpenRouterList(json)).toBeUndefined();
    },
  );
});
