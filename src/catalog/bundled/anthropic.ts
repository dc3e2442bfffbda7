import {
  type WrittenModel,
  type WrittenModels,
  type WrittenPrice,
  type WrittenProvider,
  times,
  viaCloudflare,
  viaOpenRouter,
} from './written.ts';

/*
 * Where the numbers are from. From stored copies and excerpts of Anthropic's own pages:
 * - Haiku 5.5, its step at 100,000 tokens, and what Opus 5.5 and Sonnet 5.5 cost to read from a cache:
 *   https://platform.claude.com/docs/en/models/haiku-5-5/overview, as of 2026-10
 * - Opus 5 and 5.5, Sonnet 5 and 5.5, Fable 5: their pages beside it, as of 2026-07 to 2026-10
 * - the older ones, and Fable 5.1: https://platform.claude.com/docs/en/about-claude/pricing from before Opus 5.5, which
 *   came on 2026-09-22; Sonnet 4.6 and Haiku 4.5: the table in Anthropic's own skill `claude-api`, as of 2026-10
 * - images: https://platform.claude.com/docs/en/build-with-claude/vision
 * Second-hand:
 * - Fable 5.2: notes of resellers and of programs that price calls, which cite the page of prices, as of 2026-11-10
 * - Opus 4.5: entries of models.dev as of 2026-07-02, and a list as of 2026-08-21, which agree
 * - OpenRouter's names: its own pages of Fable 5.2, Opus 5.5 and Haiku 5.5, as of 2026-11, and entries of models.dev;
 *   of Fable 5.1, programs that ask it there, as of 2026-09
 * - a search: several, as of 2026-09, which cite
 *   https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool
 *
 * Calls that only the United States may serve (`inference_geo`) cost 1.1 ×, and fast ones (`speed`) 2 ×. Neither field
 * is declared neutral, so both are refused where spending is limited.
 */

export const anthropicProvider: WrittenProvider = {
  kind: 'anthropic',
  baseUrl: 'https://api.anthropic.com',
  secret: 'ANTHROPIC_API_KEY',
  healthCheck: { path: '/v1/models' },
};

/** A write to a cache costs 1.25 × input for five minutes, and 2 × for an hour. A search that it runs costs a cent. */
function price(input: string, cachedInput: string, output: string): WrittenPrice {
  return {
    input,
    cachedInput,
    cacheWrite5m: times(input, 1.25),
    cacheWrite1h: times(input, 2),
    output,
    webSearch: '0.01',
  };
}

type Rest = Pick<WrittenModel, 'price' | 'tier'> & Partial<Omit<WrittenModel, 'targets'>>;

/** From Claude 4.6 on, a model thinks as much as it sees fit. From 4.7 on, an image is at most 4,784 tokens. */
const common = {
  contextTokens: 1_000_000,
  maxOutputTokens: 128_000,
  input: ['text', 'image', 'file'],
  imageTokens: 4784,
  reasoning: true,
  thinking: 'adaptive',
  tools: true,
  structuredOutput: true,
} satisfies Partial<WrittenModel>;

/** From Anthropic itself, or else through others. OpenRouter is known to have each under this name. */
function claude(name: string, rest: Rest): [string, WrittenModel] {
  const targets = [
    { provider: 'anthropic', model: name },
    viaOpenRouter(`anthropic/${name.replace(/(\d)-(\d)$/, '$1.$2')}`),
    viaCloudflare(`anthropic/${name}`),
  ];
  return [name, { ...common, ...rest, targets }];
}

export const anthropicModels: WrittenModels = Object.fromEntries([
  claude('claude-fable-5-2', {
    aliases: ['claude-fable-latest'],
    price: price('8', '0.2', '40'),
    tier: 'premium',
  }),
  claude('claude-fable-5-1', { price: price('10', '0.25', '50'), tier: 'premium' }),
  claude('claude-fable-5', { price: price('10', '1', '50'), tier: 'premium' }),
  claude('claude-opus-5-5', {
    aliases: ['claude-opus-latest'],
    price: price('4', '0.2', '20'),
    tier: 'premium',
  }),
  claude('claude-opus-5', { price: price('5', '0.5', '25'), tier: 'premium' }),
  claude('claude-opus-4-8', { price: price('5', '0.5', '25'), tier: 'premium' }),
  claude('claude-opus-4-7', { price: price('5', '0.5', '25'), tier: 'premium' }),
  // Before 4.7 an image is at most 1,568 tokens, says the page. Some were measured as 1,661.
  claude('claude-opus-4-6', {
    imageTokens: 1700,
    price: price('5', '0.5', '25'),
    tier: 'premium',
  }),
  // Anthropic said that it ends on 24 November 2026 at the earliest. Unverified, 2026-11-29: whether it has a day now.
  claude('claude-opus-4-5', {
    aliases: ['claude-opus-4-5-20251101'],
    contextTokens: 200_000,
    maxOutputTokens: 64_000,
    imageTokens: 1700,
    thinking: 'budget',
    price: price('5', '0.5', '25'),
    tier: 'premium',
  }),
  claude('claude-sonnet-5-5', {
    aliases: ['claude-sonnet-latest'],
    price: price('2', '0.1', '10'),
    tier: 'standard',
  }),
  claude('claude-sonnet-5', { price: price('2', '0.2', '10'), tier: 'standard' }),
  claude('claude-sonnet-4-6', {
    maxOutputTokens: 64_000,
    imageTokens: 1700,
    price: price('3', '0.3', '15'),
    tier: 'standard',
  }),
  claude('claude-haiku-5-5', {
    aliases: ['claude-haiku-latest'],
    price: { ...price('0.1', '0.01', '0.5'), above: [{ inputTokens: 100_000, input: '0.5', output: '2.5' }] },
    tier: 'budget',
  }),
  claude('claude-haiku-4-5', {
    aliases: ['claude-haiku-4-5-20251001'],
    contextTokens: 200_000,
    maxOutputTokens: 64_000,
    imageTokens: 1700,
    thinking: 'budget',
    price: price('1', '0.1', '5'),
    tier: 'budget',
  }),
]);
