import type { CatalogDocument } from './document.ts';
import { parseCatalog } from './parse-catalog.ts';
import type { Catalog } from './schema.ts';

/** The catalog that serves until one is written. */

type WrittenModel = CatalogDocument['models'][string];
type WrittenPrice = NonNullable<WrittenModel['price']>;

/** Answers come from Weir itself; they cost a price all the same, so that limits can be tried. */
const echoModels = ['echo', 'echo-slow', 'echo-error', 'echo-stall', 'echo-drop', 'echo-overrun', 'echo-tools'];

function echo(name: string): WrittenModel {
  return {
    targets: [{ provider: 'echo', model: name, cancels: true }],
    price: { input: '1', output: '2' },
    contextTokens: 128_000,
    maxOutputTokens: 16_384,
    defaultOutputTokens: 1024,
    tools: name === 'echo-tools',
    tokenizer: 'echo',
  };
}

/** The same model, straight from OpenAI or else by way of OpenRouter, which passes OpenAI's prices on. */
function openAi(name: string, rest: Omit<WrittenModel, 'targets' | 'tools'>): [string, WrittenModel] {
  const targets = [
    { provider: 'openai', model: name, cancels: true },
    { provider: 'openrouter', model: `openai/${name}` },
  ];
  return [name, { targets, input: ['text', 'image'], tools: true, tokenizer: 'o200k', ...rest }];
}

/**
 * Since GPT-5.6 OpenAI charges for writing to its cache: 1.25 × input, or 2.5 × to keep it for twelve hours. A prompt
 * of more than 272,000 tokens costs 2 × for all that goes in and 1.5 × for what comes out; the flex tier half; the fast
 * tier, which its answers call `priority`, twice. All that a step or a tier does not name keeps its proportion.
 */
interface Current {
  readonly input: number;
  readonly cachedInput: string;
  readonly output: number;
}

function currentPrice({ input, cachedInput, output }: Current): WrittenPrice {
  const times = (factor: number) => ({ input: decimal(input * factor), output: decimal(output * factor) });
  return {
    ...times(1),
    cachedInput,
    cacheWrite5m: decimal(input * 1.25),
    cacheWrite1h: decimal(input * 2.5),
    above: [{ inputTokens: 272_000, input: decimal(input * 2), output: decimal(output * 1.5) }],
    serviceTiers: { flex: times(0.5), priority: times(2) },
  };
}

/** A price has at most six decimals; so the products above, of a few digits each, are exact. */
function decimal(value: number): string {
  return value.toFixed(6);
}

const current = { contextTokens: 1_050_000, maxOutputTokens: 128_000, reasoning: true };

/**
 * Prices and sizes: https://developers.openai.com/api/docs/pricing and the models' own pages beside it, and
 * https://openai.com/api-priority-processing/ for the priority tier of the older models, as stored there in November
 * 2026.
 */
const openAiModels = [
  openAi('gpt-6-astra', {
    ...current,
    price: currentPrice({ input: 10, cachedInput: '1', output: 50 }),
    tier: 'premium',
  }),
  openAi('gpt-6.2-sol', {
    ...current,
    price: currentPrice({ input: 2, cachedInput: '0.1', output: 10 }),
    tier: 'standard',
  }),
  openAi('gpt-6.1-terra', {
    ...current,
    price: currentPrice({ input: 1, cachedInput: '0.05', output: 5 }),
    tier: 'standard',
  }),
  openAi('gpt-6-luna', {
    ...current,
    price: currentPrice({ input: 0.1, cachedInput: '0.01', output: 0.5 }),
    tier: 'economy',
  }),
  openAi('gpt-5-mini', {
    contextTokens: 400_000,
    maxOutputTokens: 128_000,
    reasoning: true,
    price: {
      input: '0.25',
      cachedInput: '0.025',
      output: '2',
      serviceTiers: {
        flex: { input: '0.125', output: '1' },
        priority: { input: '0.45', output: '3.6' },
      },
    },
    tier: 'standard',
  }),
  openAi('gpt-4.1', {
    contextTokens: 1_047_576,
    maxOutputTokens: 32_768,
    price: {
      input: '2',
      cachedInput: '0.5',
      output: '8',
      serviceTiers: { priority: { input: '3.5', output: '14' } },
    },
    tier: 'standard',
  }),
  openAi('gpt-4.1-mini', {
    contextTokens: 1_047_576,
    maxOutputTokens: 32_768,
    price: {
      input: '0.4',
      cachedInput: '0.1',
      output: '1.6',
      serviceTiers: { priority: { input: '0.7', output: '2.8' } },
    },
    tier: 'standard',
  }),
];

export const bundledDocument: CatalogDocument = {
  providers: {
    openai: { kind: 'openai', baseUrl: 'https://api.openai.com/v1', secret: 'OPENAI_API_KEY' },
    openrouter: {
      kind: 'openai',
      baseUrl: 'https://openrouter.ai/api/v1',
      secret: 'OPENROUTER_API_KEY',
      // https://openrouter.ai/docs/features/zero-completion-insurance
      billsFailures: false,
      // It asks OpenAI by its Responses API, which takes no smaller cap.
      quirks: { outputCap: 'max_tokens', minOutput: 16 },
    },
    echo: { kind: 'echo', billsFailures: false },
  },
  models: { ...Object.fromEntries(echoModels.map((name) => [name, echo(name)])), ...Object.fromEntries(openAiModels) },
  plans: { free: {}, pro: {}, enterprise: {} },
};

let parsed: Catalog | undefined;

/** Parsed at its first use: an isolate that reads its catalog from KV never needs it. */
export function bundledCatalog(): Catalog {
  if (parsed === undefined) {
    const result = parseCatalog(bundledDocument, { allowPrivateUpstreams: false });
    if (result.kind === 'invalid') {
      throw new Error(`The bundled catalog is not valid: ${JSON.stringify(result.issues)}`);
    }
    parsed = result.catalog;
  }
  return parsed;
}
