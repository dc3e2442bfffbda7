import { currentPrice, longContext, olderPrice, previewSearch, scaled, webSearch } from './openai-price.ts';
import { type WrittenModel, type WrittenModels, viaCloudflare, viaOpenRouter } from './written.ts';

/*
 * Where the numbers are from; of tiers and searches, beside the prices. OpenAI's own pages, as excerpts and copies
 * read:
 * - GPT-6 Astra: https://developers.openai.com/api/docs/models/compare, from before GPT-6.2, which came on 2026-11-17
 * - GPT-5.6 Sol: its page below https://developers.openai.com/api/docs/models, as of 2026-11
 * - images: https://developers.openai.com/api/docs/guides/images-vision, as several have copied it, as of 2026-07 to
 *   2026-10; what it does not name (GPT-5.1 and 5.2, GPT-6.2) has no number here
 * - that it stops when its connection ends: https://developers.openai.com/api/docs/guides/background, cited by others
 * - shutdowns: https://developers.openai.com/api/docs/deprecations: GPT-5 and its mini and nano on 11 December, GPT-4o,
 *   GPT-4.1 and their minis on 14 January 2027, GPT-5.1, GPT-5.3 Codex and GPT-5.4 Nano on 1 April 2027; o3 with GPT-5
 * Second-hand:
 * - GPT-6.2: LiteLLM's note https://github.com/BerriAI/litellm/discussions/52347 and a reseller's, as of 2026-11-18
 * - GPT-6 and 6.1: notes of several resellers and programs, which cite OpenAI's page of prices, as of 2026-09-22 to
 *   2026-10-27; GPT-5.6 Terra and Luna, likewise, after their price had fallen, as of 2026-08-01
 * - GPT-5.3 Codex, GPT-5.2 Pro and o3: entries of models.dev as of 2026-07-02, and the lists of Portkey and Braintrust
 *   as of 2026-08-21, which agree; what a tier of theirs costs, that of Portkey
 * - all others: LiteLLM's list as of 2026-08-06 and that of genai-prices as of 2026-08-21, which agree; where they do
 *   not, the dearer. Sizes: the same, and entries of models.dev as of 2026-07-02
 */

type Rest = Omit<WrittenModel, 'targets' | 'input' | 'tools' | 'tokenizer'>;

interface Reach {
  readonly protocols?: ['responses'];
  /** Whether OpenRouter is known to have it, under the same name. */
  readonly isAtOpenRouter?: boolean;
}

/** The same model, straight from OpenAI or else by way of others. */
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
 * count at most 10,000 patches; from GPT-5.6 on an image of more than 30,000 is refused.
 */
const large = { contextTokens: 1_050_000, maxOutputTokens: 128_000, reasoning: true };
const medium = { contextTokens: 400_000, maxOutputTokens: 128_000, reasoning: true };
const patches = { imageTokens: 12_000 };
const unscaled = { ...large, imageTokens: 36_000 };

/** Without reasoning. Unverified on 29 November 2026: OpenAI names no number, and up to 160 a second were measured. */
const spokenTokensPerSecondMax = 1000;

const models = [
  // Ultrafast costs three times the standard price through 28 February 2027, and six times from then on.
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
  // Its list price; a promotion, "at least until 21 November 2026", is cheaper: $4 and $20.
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
    price: { ...olderPrice('5', '0.5', '30', 2.5), above: longContext('5', '30') },
    tier: 'premium',
  }),
  // The pro models are asked by the Responses API alone, and have no price for cached input.
  openAi(
    'gpt-5.5-pro',
    {
      ...large,
      ...patches,
      price: { ...olderPrice('30', '30', '180'), above: longContext('30', '180') },
      tier: 'premium',
    },
    { protocols: ['responses'] },
  ),
  openAi('gpt-5.4', {
    ...large,
    ...patches,
    price: {
      ...olderPrice('2.5', '0.25', '15', 2),
      above: longContext('2.5', '15'),
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
      price: { ...olderPrice('30', '30', '180'), above: longContext('30', '180') },
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
  // By the Responses API alone; for it and for GPT-5.2 Pro no list has a flex tier.
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
  // Scaled to a shorter side of 768 pixels, an image is at most eight tiles: 70 tokens, and 140 for each.
  openAi('gpt-5', {
    retires: '2026-12-11',
    ...medium,
    imageTokens: 1190,
    price: olderPrice('1.25', '0.125', '10', 2),
    tier: 'standard',
  }),
  // At most 1,536 patches: 1.62 tokens for each by the minis, 2.46 by the nanos.
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
  // These are charged 85 tokens for an image, and 170 for each tile; the minis for patches, or for dearer tiles.
  openAi('gpt-4.1', {
    retires: '2027-01-14',
    contextTokens: 1_047_576,
    maxOutputTokens: 32_768,
    outputTokensPerSecondMax: spokenTokensPerSecondMax,
    imageTokens: 1445,
    price: {
      input: '2',
      cachedInput: '0.5',
      output: '8',
      webSearch: previewSearch,
      serviceTiers: { priority: { input: '3.5', output: '14' } },
    },
    tier: 'standard',
  }),
  openAi('gpt-4.1-mini', {
    retires: '2027-01-14',
    contextTokens: 1_047_576,
    maxOutputTokens: 32_768,
    outputTokensPerSecondMax: spokenTokensPerSecondMax,
    imageTokens: 2489,
    price: {
      input: '0.4',
      cachedInput: '0.1',
      output: '1.6',
      webSearch: previewSearch,
      serviceTiers: { priority: { input: '0.7', output: '2.8' } },
    },
    tier: 'budget',
  }),
  openAi('gpt-4o', {
    retires: '2027-01-14',
    contextTokens: 128_000,
    maxOutputTokens: 16_384,
    outputTokensPerSecondMax: spokenTokensPerSecondMax,
    imageTokens: 1445,
    price: {
      input: '2.5',
      cachedInput: '1.25',
      output: '10',
      webSearch: previewSearch,
      serviceTiers: { priority: { input: '4.25', output: '17' } },
    },
    tier: 'standard',
  }),
  openAi('gpt-4o-mini', {
    retires: '2027-01-14',
    contextTokens: 128_000,
    maxOutputTokens: 16_384,
    outputTokensPerSecondMax: spokenTokensPerSecondMax,
    imageTokens: 48_169,
    price: {
      input: '0.15',
      cachedInput: '0.075',
      output: '0.6',
      webSearch: previewSearch,
      serviceTiers: { priority: { input: '0.25', output: '1' } },
    },
    tier: 'budget',
  }),
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
]);
