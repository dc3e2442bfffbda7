import {
  type WrittenModel,
  type WrittenModels,
  type WrittenPrice,
  type WrittenProvider,
  viaCloudflare,
  viaOpenRouter,
} from './written.ts';

/*
 * Gemini, by its endpoint that is compatible with OpenAI's. Read in November 2026, of pages as they were then:
 * - prices: https://ai.google.dev/gemini-api/docs/pricing
 * - sizes: https://ai.google.dev/gemini-api/docs/models
 * - images: https://ai.google.dev/gemini-api/docs/media-resolution
 * - shutdowns: https://ai.google.dev/gemini-api/docs/deprecations (2.5 Pro and 2.5 Flash on 1 December 2026, so they
 *   are not here)
 * - what the endpoint understands: https://ai.google.dev/gemini-api/docs/openai
 */

export const googleProvider: WrittenProvider = {
  kind: 'openai',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
  secret: 'GEMINI_API_KEY',
  protocols: ['chat', 'embeddings'],
  // https://ai.google.dev/gemini-api/docs/billing: a request that fails with a 400 or 500 error is not charged for.
  billsFailures: false,
  healthCheck: { path: '/models' },
  quirks: {
    developerRole: false,
    // It refuses fields whose names it does not know.
    drop: [
      'store',
      'metadata',
      'logit_bias',
      'user',
      'safety_identifier',
      'verbosity',
      'prompt_cache_key',
      'prompt_cache_retention',
    ],
    extensions: ['thought_signature'],
  },
};

type Rest = Pick<WrittenModel, 'price' | 'tier'> & Partial<Omit<WrittenModel, 'targets'>>;

function gemini(name: string, isAtOpenRouter: boolean, rest: Rest): [string, WrittenModel] {
  return [
    name,
    {
      targets: [
        { provider: 'google', model: name },
        ...(isAtOpenRouter ? [viaOpenRouter(`google/${name}`)] : []),
        viaCloudflare(`google-ai-studio/${name}`),
      ],
      contextTokens: 1_048_576,
      maxOutputTokens: 65_536,
      input: ['text', 'image', 'audio'],
      imageTokens: 1120,
      reasoning: true,
      tools: true,
      structuredOutput: true,
      ...rest,
    },
  ];
}

/** Sound costs what text does, where nothing else is said. */
function price(input: string, cachedInput: string, output: string, audioInput = input): WrittenPrice {
  return { input, cachedInput, output, audioInput };
}

/** Half of it through 31 December 2026. A limit is to hold on the day after, too. */
const flash = price('1.5', '0.15', '7.5');

export const googleModels: WrittenModels = Object.fromEntries([
  gemini('gemini-3.8-flash', true, { price: flash, tier: 'standard' }),
  gemini('gemini-3.7-flash', true, { price: flash, tier: 'standard' }),
  gemini('gemini-3.6-flash', false, { price: flash, tier: 'standard' }),
  gemini('gemini-3.5-flash', true, { price: price('1.5', '0.15', '9'), tier: 'standard' }),
  gemini('gemini-3.5-flash-lite', false, { price: price('0.3', '0.03', '2.5'), tier: 'budget' }),
  gemini('gemini-3.1-pro-preview', true, {
    price: { ...price('2', '0.2', '12'), above: [{ inputTokens: 200_000, input: '4', output: '18' }] },
    tier: 'premium',
  }),
  gemini('gemini-3.1-flash-lite', true, { price: price('0.25', '0.025', '1.5', '0.5'), tier: 'budget' }),
  gemini('gemini-2.5-flash-lite', true, {
    // By its area, so without any bound that is documented.
    imageTokens: undefined,
    price: price('0.1', '0.01', '0.4', '0.3'),
    tier: 'budget',
  }),
  [
    'gemini-embedding-2',
    {
      targets: [{ provider: 'google', model: 'gemini-embedding-2' }],
      endpoints: ['embeddings'],
      price: { input: '0.2', output: '0' },
      contextTokens: 8192,
      maxOutputTokens: 1,
    },
  ],
  [
    'gemini-embedding-001',
    {
      targets: [{ provider: 'google', model: 'gemini-embedding-001' }],
      endpoints: ['embeddings'],
      price: { input: '0.15', output: '0' },
      contextTokens: 2048,
      maxOutputTokens: 1,
    },
  ],
]);
