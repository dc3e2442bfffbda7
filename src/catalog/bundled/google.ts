import { unknownElsewhere } from '../sampling-fields.ts';
import {
  type WrittenModel,
  type WrittenModels,
  type WrittenPrice,
  type WrittenProvider,
  viaCloudflare,
  viaOpenRouter,
} from './written.ts';

/*
 * Gemini, through its endpoint that is compatible with OpenAI's. Where the numbers are from:
 * - prices of 3.8 and 3.5 Flash, 3.5 Flash-Lite, 3.1 Pro and Embedding 2, without those of cached input:
 *   https://ai.google.dev/gemini-api/docs/pricing as of 2026-10-07, in the copy that
 *   https://github.com/api-evangelist/deepmind keeps of it
 * - Gemini 4: notes of LiteLLM and of several resellers, which cite that page, as of 2026-10-13 to 2026-11-22, and
 *   Google Cloud's page of Hydrogen:
 *   https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/gemini/4-hydrogen
 * - all other prices, and sizes: LiteLLM's list as of 2026-08-06, that of genai-prices as of 2026-08-21, and entries of
 *   models.dev, which cite that page; the dearer where they differ
 * - images: https://ai.google.dev/gemini-api/docs/media-resolution as of 2026-10, whose table others have copied
 * - signatures: https://ai.google.dev/gemini-api/docs/thought-signatures
 * - failed requests: https://ai.google.dev/gemini-api/docs/billing
 * - shutdowns: https://ai.google.dev/gemini-api/docs/deprecations (2.5 Pro and 2.5 Flash on 1 December, so they are not
 *   here)
 * - what it rejects: its answers in https://github.com/openai/openai-agents-python/issues/443,
 *   https://github.com/MinLL/SkyrimNet-GamePlugin/issues/77 and, as of 2026-08-25,
 *   https://github.com/Alishahryar1/free-claude-code/issues/1548
 */

/** Its own signatures are in `extra_content`. */
const unknownHere = unknownElsewhere.filter((name) => name !== 'messages.extra_content');

export const googleProvider: WrittenProvider = {
  kind: 'openai',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
  secret: 'GEMINI_API_KEY',
  protocols: ['chat', 'embeddings'],
  // Its page of billing says that the tokens of a request are not charged when it fails with a 400 or 500 error. The
  // page last changed on 2026-09-20, and several have quoted it since. Vertex AI's page says the same of any error.
  billsFailures: false,
  healthCheck: { path: '/models' },
  quirks: {
    developerRole: false,
    // It can't find a tool by the id of its call: `function_response.name: Name cannot be empty`.
    toolNames: 'needed',
    // It rejects fields whose names it does not know. It was seen to reject the first four. Whether it knows the others
    // is not documented, and none of them is worth an error.
    drop: [
      'store',
      'metadata',
      'prompt_cache_key',
      'frequency_penalty',
      'user',
      'verbosity',
      'safety_identifier',
      'prompt_cache_retention',
      'prompt_cache_options',
      'logit_bias',
      ...unknownHere,
    ],
    // Gemini 3 rejects calls of functions that come back without their signatures.
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
      // At the highest resolution. The default resolution has half of it.
      imageTokens: 2240,
      reasoning: true,
      tools: true,
      structuredOutput: true,
      ...rest,
    },
  ];
}

function embedding(name: string, input: string, contextTokens: number): [string, WrittenModel] {
  const targets = [{ provider: 'google', model: name }];
  return [
    name,
    { targets, endpoints: ['embeddings'], price: { input, output: '0' }, contextTokens, maxOutputTokens: 1 },
  ];
}

/** Unless it has a price of its own, sound costs what text does. */
function price(input: string, cachedInput: string, output: string, audioInput = input): WrittenPrice {
  return { input, cachedInput, output, audioInput };
}

/**
 * Input and output share the context. An answer has at most 65,536 tokens here. Unverified, 2026-11-29: that sound
 * costs what text does (no list names another price), and how many tokens an image counts as (so there is no number
 * here).
 */
const gemini4 = { imageTokens: undefined };

/** Argon and Carbon cost twice as much from December on. Google's days begin later than those of UTC. */
const doubled: WrittenModel['price'] = [price('2', '0.1', '10'), { from: '2026-12-01', ...price('4', '0.2', '20') }];

/** Google charges half of this until 31 December 2026. A limit must hold on the day after, too. */
const flash = price('1.5', '0.15', '7.5');

export const googleModels: WrittenModels = Object.fromEntries([
  gemini('gemini-4-argon', false, { ...gemini4, price: doubled, tier: 'premium' }),
  gemini('gemini-4-carbon', true, { ...gemini4, price: doubled, tier: 'premium' }),
  gemini('gemini-4-neon', false, { ...gemini4, price: price('3', '0.15', '15'), tier: 'premium' }),
  gemini('gemini-4-hydrogen', true, { ...gemini4, price: price('1.5', '0.075', '7.5'), tier: 'standard' }),
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
  gemini('gemini-3-flash-preview', true, { price: price('0.5', '0.05', '3', '1'), tier: 'standard' }),
  gemini('gemini-2.5-flash-lite', true, {
    // It charges for an image by its area, and documents no bound.
    imageTokens: undefined,
    price: price('0.1', '0.01', '0.4', '0.3'),
    tier: 'budget',
  }),
  embedding('gemini-embedding-2', '0.2', 8192),
  embedding('gemini-embedding-001', '0.15', 2048),
]);
