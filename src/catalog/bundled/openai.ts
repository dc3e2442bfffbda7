import { unknownElsewhere } from '../sampling-fields.ts';
import { currentPrice, longPrice, olderPrice, scaled, spokenPrice, webSearch } from './openai-price.ts';
import {
  type WrittenModel,
  type WrittenModels,
  type WrittenPrice,
  type WrittenProvider,
  viaCloudflare,
  viaOpenRouter,
} from './written.ts';

/*
 * Where the numbers are from; those of tiers and searches stand beside the prices. From excerpts and copies of OpenAI's
 * own pages:
 * - GPT-6 Astra: https://developers.openai.com/api/docs/models/compare, from before GPT-6.2, which came on 2026-11-17
 * - GPT-5.6 Sol: its page below https://developers.openai.com/api/docs/models, as of 2026-11
 * - images: https://developers.openai.com/api/docs/guides/images-vision, as several have copied it, as of 2026-07 to
 *   2026-10; models that it does not name (GPT-5.1 and 5.2, GPT-6.2) have no number here
 * - that it stops when its connection ends: https://developers.openai.com/api/docs/guides/background, cited by others
 * - shutdowns: https://developers.openai.com/api/docs/deprecations: GPT-5 and its mini and nano on 11 December, GPT-4o,
 *   GPT-4.1 and their minis on 14 January 2027, GPT-5.1, GPT-5.3 Codex and GPT-5.4 Nano on 1 April 2027; o3 with GPT-5
 * Second-hand:
 * - GPT-6.2: LiteLLM's note https://github.com/BerriAI/litellm/discussions/52347 and a reseller's, as of 2026-11-18
 * - GPT-6 and 6.1: notes of several resellers and programs, which cite OpenAI's page of prices, as of 2026-09-22 to
 *   2026-10-27; GPT-5.6 Terra and Luna: the same, after their price had fallen, as of 2026-08-01
 * - GPT-5.3 Codex, GPT-5.2 Pro and o3: entries of models.dev as of 2026-07-02, and the lists of Portkey and Braintrust
 *   as of 2026-08-21, which agree; the prices of their tiers: Portkey's list
 * - `gpt-4o-2024-05-13`: https://www.llmpricing.site/models/openai/openai-gpt-4o-2024-05-13 and another list as of
 *   2026-06-30, which agree on input and output; the priority tier from the first alone, cached input from neither
 * - all others: LiteLLM's list as of 2026-08-06 and that of genai-prices as of 2026-08-21, which agree; where they do
 *   not, the dearer. Sizes: the same, and entries of models.dev as of 2026-07-02
 */

export const openAiProvider: WrittenProvider = {
  kind: 'openai',
  baseUrl: 'https://api.openai.com/v1',
  secret: 'OPENAI_API_KEY',
  protocols: ['chat', 'responses', 'embeddings'],
  healthCheck: { path: '/models' },
  // It rejects fields whose names it does not know (`Unrecognized request argument supplied`), as in
  // https://github.com/nashsu/llm_wiki/issues/336 as of 2026-06-04.
  quirks: { drop: [...unknownElsewhere], extensions: ['max_tool_calls'] },
};

type Rest = Omit<WrittenModel, 'targets' | 'input' | 'tools' | 'tokenizer'>;

interface Reach {
  readonly protocols?: ['responses'];
  /** Whether OpenRouter is known to have it under the same name. */
  readonly isAtOpenRouter?: boolean;
}

/** A model of OpenAI's: from OpenAI itself, or else through others. */
function openAi(name: string, rest: Rest, { protocols, isAtOpenRouter = true }: Reach = {}): [string, WrittenModel] {
  return [
    name,
    {
      targets: [
        { provider: 'openai', model: name, cancels: true, ...(protocols === undefined ? {} : { protocols }) },
        ...(isAtOpenRouter ? [viaOpenRouter(`openai/${name}`)] : []),
        viaCloudflare(`openai/${name}`),
      ],
      input: ['text', 'image', 'file'],
      tools: true,
      structuredOutput: true,
      tokenizer: 'o200k',
      ...rest,
    },
  ];
}

/**
 * Models that reason bill for images by their area: 1.2 tokens for each patch of 32 by 32 pixels. GPT-5.4 and GPT-5.5
 * count at most 10,000 patches. From GPT-5.6 on, OpenAI rejects an image of more than 30,000.
 */
const large = { contextTokens: 1_050_000, maxOutputTokens: 128_000, reasoning: true };
const medium = { contextTokens: 400_000, maxOutputTokens: 128_000, reasoning: true };
const patches = { imageTokens: 12_000 };
const unscaled = { ...large, imageTokens: 36_000 };

/** Of models that don't reason. Unverified, 2026-11-29: OpenAI names no number; up to 160 a second were measured. */
const spokenTokensPerSecondMax = 1000;
const gpt41 = { contextTokens: 1_047_576, maxOutputTokens: 32_768 };
const gpt4o = { contextTokens: 128_000, maxOutputTokens: 16_384 };

type Size = typeof gpt4o;

function spoken(name: string, size: Size, imageTokens: number, price: WrittenPrice, tier: string) {
  const outputTokensPerSecondMax = spokenTokensPerSecondMax;
  return openAi(name, { retires: '2027-01-14', ...size, outputTokensPerSecondMax, imageTokens, price, tier });
}

const models = [
  // Until 28 February 2027 ultrafast costs three times the standard price, and six times after that.
  openAi(
    'gpt-6.2-astra',
    { ...large, price: currentPrice('8', '0.4', '40', { hasFlex: false, ultrafast: 6 }), tier: 'premium' },
    { isAtOpenRouter: false },
  ),
  openAi(
    'gpt-6.2-sol',
    { ...large, price: currentPrice('2', '0.1', '10', { hasFlex: false, ultrafast: 6 }), tier: 'standard' },
    { isAtOpenRouter: false },
  ),
  openAi('gpt-6-astra', { ...unscaled, price: currentPrice('10', '1', '50', { ultrafast: 6 }), tier: 'premium' }),
  openAi('gpt-6.1-sol', { ...unscaled, price: currentPrice('2', '0.1', '10', { ultrafast: 6 }), tier: 'standard' }),
  openAi('gpt-6-sol', { ...unscaled, price: currentPrice('2', '0.2', '10'), tier: 'standard' }),
  openAi('gpt-6.1-terra', { ...unscaled, price: currentPrice('1', '0.05', '5'), tier: 'standard' }),
  openAi('gpt-6-luna', { ...unscaled, price: currentPrice('0.1', '0.01', '0.5'), tier: 'budget' }),
  // Its list price. A promotion, "at least until 21 November 2026", is cheaper: $4 and $20.
  openAi('gpt-5.6-sol', {
    ...unscaled,
    aliases: ['gpt-5.6'],
    price: currentPrice('5', '0.5', '30'),
    tier: 'premium',
  }),
  openAi('gpt-5.6-terra', { ...unscaled, price: currentPrice('2', '0.2', '12'), tier: 'standard' }),
  openAi('gpt-5.6-luna', { ...unscaled, price: currentPrice('0.2', '0.02', '1.2'), tier: 'budget' }),
  openAi('gpt-5.5', {
    ...large,
    ...patches,
    price: longPrice('5', '0.5', '30', 2.5),
    tier: 'premium',
  }),
  // The pro models speak only the Responses API, and have no price for cached input.
  openAi(
    'gpt-5.5-pro',
    {
      ...large,
      ...patches,
      price: longPrice('30', '30', '180'),
      tier: 'premium',
    },
    { protocols: ['responses'] },
  ),
  openAi('gpt-5.4', {
    ...large,
    ...patches,
    price: {
      ...longPrice('2.5', '0.25', '15', 2),
      // The page rounds half of a quarter up.
      serviceTiers: {
        flex: { ...scaled('2.5', '15', 0.5), cachedInput: '0.13' },
        priority: scaled('2.5', '15', 2),
      },
    },
    tier: 'standard',
  }),
  openAi(
    'gpt-5.4-pro',
    {
      ...large,
      ...patches,
      price: longPrice('30', '30', '180'),
      tier: 'premium',
    },
    { protocols: ['responses'] },
  ),
  openAi('gpt-5.4-mini', {
    ...medium,
    imageTokens: 2489,
    price: olderPrice('0.75', '0.075', '4.5', 2),
    tier: 'standard',
  }),
  openAi('gpt-5.4-nano', {
    retires: '2027-04-01',
    ...medium,
    imageTokens: 3779,
    price: olderPrice('0.2', '0.02', '1.25'),
    tier: 'budget',
  }),
  openAi('gpt-5.2', { ...medium, price: olderPrice('1.75', '0.175', '14', 2), tier: 'standard' }),
  // It speaks only the Responses API. No list has a flex tier for it or for GPT-5.2 Pro.
  openAi(
    'gpt-5.3-codex',
    {
      retires: '2027-04-01',
      ...medium,
      price: {
        input: '1.75',
        cachedInput: '0.175',
        output: '14',
        webSearch,
        serviceTiers: { priority: scaled('1.75', '14', 2) },
      },
      tier: 'standard',
    },
    { protocols: ['responses'] },
  ),
  openAi(
    'gpt-5.2-pro',
    { ...medium, structuredOutput: false, price: { input: '21', output: '168', webSearch }, tier: 'premium' },
    { protocols: ['responses'] },
  ),
  openAi('gpt-5.1', {
    retires: '2027-04-01',
    ...medium,
    price: olderPrice('1.25', '0.125', '10', 2),
    tier: 'standard',
  }),
  // Scaled to a shorter side of 768 pixels, an image has at most eight tiles: 70 tokens, and 140 for each tile.
  openAi('gpt-5', {
    retires: '2026-12-11',
    ...medium,
    imageTokens: 1190,
    price: olderPrice('1.25', '0.125', '10', 2),
    tier: 'standard',
  }),
  // At most 1,536 patches. The minis count 1.62 tokens for each, the nanos 2.46.
  openAi('gpt-5-mini', {
    retires: '2026-12-11',
    ...medium,
    imageTokens: 2489,
    price: olderPrice('0.25', '0.025', '2', 1.8),
    tier: 'budget',
  }),
  openAi('gpt-5-nano', {
    retires: '2026-12-11',
    ...medium,
    imageTokens: 3779,
    price: olderPrice('0.05', '0.005', '0.4'),
    tier: 'budget',
  }),
  openAi('o3', {
    retires: '2026-12-11',
    contextTokens: 200_000,
    maxOutputTokens: 100_000,
    reasoning: true,
    price: olderPrice('2', '0.5', '8', 1.75),
    tier: 'standard',
  }),
  // These charge 85 tokens for an image and 170 for each tile. The minis charge for patches, or for dearer tiles.
  spoken('gpt-4.1', gpt41, 1445, spokenPrice('2', '0.5', '8', { input: '3.5', output: '14' }), 'standard'),
  spoken('gpt-4.1-mini', gpt41, 2489, spokenPrice('0.4', '0.1', '1.6', { input: '0.7', output: '2.8' }), 'budget'),
  spoken('gpt-4o', gpt4o, 1445, spokenPrice('2.5', '1.25', '10', { input: '4.25', output: '17' }), 'standard'),
  spoken('gpt-4o-mini', gpt4o, 48_169, spokenPrice('0.15', '0.075', '0.6', { input: '0.25', output: '1' }), 'budget'),
];

/** https://developers.openai.com/api/docs/guides/embeddings */
function embedding(name: string, input: string): [string, WrittenModel] {
  return [
    name,
    {
      targets: [{ provider: 'openai', model: name }, viaOpenRouter(`openai/${name}`)],
      endpoints: ['embeddings'],
      price: { input, output: '0' },
      contextTokens: 8192,
      maxOutputTokens: 1,
      tokenizer: 'cl100k',
    },
  ];
}

export const openAiModels: WrittenModels = Object.fromEntries([
  ...models,
  embedding('text-embedding-3-small', '0.02'),
  embedding('text-embedding-3-large', '0.13'),
  // It has a price of its own. A version with another day in its name is charged as its model is. Unverified,
  // 2026-11-29: that OpenAI still serves it, and how many tokens an image counts as.
  [
    'gpt-4o-2024-05-13',
    {
      targets: [{ provider: 'openai', model: 'gpt-4o-2024-05-13', cancels: true }],
      price: { input: '5', output: '15', serviceTiers: { priority: { input: '8.75', output: '26.25' } } },
      contextTokens: 128_000,
      maxOutputTokens: 4096,
      outputTokensPerSecondMax: spokenTokensPerSecondMax,
      input: ['text', 'image'],
      imageTokens: 1445,
      tools: true,
      tokenizer: 'o200k',
      tier: 'standard',
    },
  ],
]);
