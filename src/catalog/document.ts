import * as v from 'valibot';
import { ledgerLimits, limitsSchema } from '../core/account/policy.ts';
import {
  aliasesPerModelMax,
  modelTokensMax,
  modelsPerRouteMax,
  nameCharsMax,
  outputTokensPerSecondDefault,
  outputTokensPerSecondMax,
  targetsPerModelMax,
  weightMax,
} from '../limits.ts';
import { namedRecord } from '../named-record.ts';
import { parseDay } from '../parse-time.ts';
import { datedPricesSchema } from './price-document.ts';
import { providerSchema } from './provider-document.ts';
import { wholeNumber } from './whole-number.ts';

/**
 * The catalog as people write it, and what each field becomes when it is read. `parse-catalog` checks what lies between
 * two places of it.
 */

/** A request writes it before the first slash of a pinned target. `CREDITS_<PROVIDER>` has it too. */
const providerName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'must be lower-case letters, digits and "-", such as "openai"'),
);

const name = v.pipe(
  v.string(),
  v.regex(/^[!-~]+$/, 'must be a name without spaces, such as "gpt-5.6-luna"'),
  v.maxLength(nameCharsMax, `must be at most ${nameCharsMax} characters`),
);

const tokenCount = wholeNumber(1, modelTokensMax);

const day = v.pipe(
  v.string('must be a day as text, such as "2026-12-11"'),
  v.check((text) => parseDay(text) !== undefined, 'must be a day of the calendar, such as "2026-12-11"'),
);

const endpoint = v.picklist(['chat', 'responses', 'messages', 'embeddings']);

const target = v.strictObject({
  provider: v.string(),
  /** The provider's own name for the model. */
  model: name,
  /** Whether it stops generating, and billing, when a call is cancelled. Where nobody knows, it doesn't. */
  cancels: v.optional(v.boolean(), false),
  /** Whether its price is sent along as the most that may be charged: OpenRouter then keeps to it. */
  capsPrice: v.optional(v.boolean(), false),
  /** The protocols that it can be asked in, if its provider has more. */
  protocols: v.optional(v.pipe(v.array(endpoint), v.minLength(1, 'must name at least one protocol'))),
  /** If it has none of its own, its model's. */
  price: v.optional(datedPricesSchema),
});

/**
 * The cap on an answer whose client set none. A model that reasons spends most of it before the first word, and an
 * agent's turn that is cut off there is lost. Where a limit leaves less, the cap is lowered to that.
 */
function defaultOutputTokens(model: { readonly maxOutputTokens: number; readonly reasoning: boolean }): number {
  return Math.min(model.maxOutputTokens, model.reasoning ? 32_000 : 8192);
}

/** The client decides these. */
const fieldsOfClient: ReadonlySet<string> = new Set(['model', 'messages', 'input', 'stream', 'stream_options']);

const modelSchema = v.pipe(
  v.strictObject({
    aliases: v.optional(
      v.pipe(v.array(name), v.maxLength(aliasesPerModelMax, `must have at most ${aliasesPerModelMax} aliases`)),
      [],
    ),
    /** In order of preference. */
    targets: v.pipe(
      v.array(target),
      v.minLength(1, 'must have at least one target'),
      v.maxLength(targetsPerModelMax, `must have at most ${targetsPerModelMax} targets`),
    ),
    /** Without one, nobody has said what the model costs. That does not mean that it is free. */
    price: v.optional(datedPricesSchema),
    /** From this day on its makers no longer serve it. */
    retires: v.optional(day),
    contextTokens: tokenCount,
    maxOutputTokens: tokenCount,
    /** The cap on a call whose client set none. */
    defaultOutputTokens: v.optional(tokenCount),
    /** The most output that one answer can make in a second. */
    outputTokensPerSecondMax: v.optional(wholeNumber(1, outputTokensPerSecondMax), outputTokensPerSecondDefault),
    input: v.optional(v.pipe(v.array(v.picklist(['text', 'image', 'audio', 'file', 'video'])), v.minLength(1)), [
      'text',
    ]),
    /** The most tokens that one image counts as. Without it, an image may fill the context. */
    imageTokens: v.optional(tokenCount),
    /** The most tokens that one web search, or one page, puts in. Without it, they may fill the context. */
    searchTokens: v.optional(tokenCount),
    reasoning: v.optional(v.boolean(), false),
    /** How a Claude model is told to think: with a budget of tokens, or as it sees fit, by effort. */
    thinking: v.optional(v.picklist(['budget', 'adaptive'])),
    tools: v.optional(v.boolean(), false),
    /** Whether it can be held to a JSON schema. */
    structuredOutput: v.optional(v.boolean(), false),
    /** The endpoints whose calls it can serve. */
    endpoints: v.optional(v.pipe(v.array(endpoint), v.minLength(1, 'must name at least one endpoint')), [
      'chat',
      'responses',
      'messages',
    ]),
    tokenizer: v.optional(name),
    tier: v.optional(name),
    /** Fields that are added to a request where the client sent none of that name. */
    params: v.optional(
      namedRecord(
        v.pipe(
          v.string(),
          v.check((field) => !fieldsOfClient.has(field), 'can not be set here: it is what the client asks'),
        ),
        v.unknown(),
      ),
      {},
    ),
  }),
  v.forward(
    v.check((model) => model.maxOutputTokens <= model.contextTokens, 'must not be above contextTokens'),
    ['maxOutputTokens'],
  ),
  v.forward(
    v.check((model) => (model.defaultOutputTokens ?? 0) <= model.maxOutputTokens, 'must not be above maxOutputTokens'),
    ['defaultOutputTokens'],
  ),
  v.transform(({ retires, ...model }) => ({
    ...model,
    targets: model.targets.map((each) => ({ ...each, price: each.price ?? model.price })),
    defaultOutputTokens: model.defaultOutputTokens ?? defaultOutputTokens(model),
    retiresAtMs: retires === undefined ? undefined : parseDay(retires),
  })),
);

const modelNames = v.pipe(
  v.array(name),
  v.minLength(1, 'must name at least one model'),
  v.maxLength(modelsPerRouteMax, `must name at most ${modelsPerRouteMax} models`),
);

const arms = v.pipe(
  v.array(v.strictObject({ model: name, weight: wholeNumber(0, weightMax) })),
  v.minLength(1, 'must have at least one arm'),
  v.maxLength(modelsPerRouteMax, `must have at most ${modelsPerRouteMax} arms`),
  v.check((list) => list.some(({ weight }) => weight > 0), 'must have an arm with a weight above 0'),
);

const routeSchema = v.variant('strategy', [
  v.strictObject({
    strategy: v.literal('fallback'),
    models: modelNames,
    /** Whether to go on to the next model when the account's own limit has no room for this one. */
    onLimit: v.optional(v.boolean(), false),
  }),
  v.strictObject({ strategy: v.literal('complexity'), simple: name, medium: name, complex: name }),
  v.strictObject({
    strategy: v.literal('stage'),
    plan: name,
    code: name,
    review: name,
    default: v.optional(v.picklist(['plan', 'code', 'review']), 'code'),
  }),
  v.strictObject({ strategy: v.literal('cheapest'), tier: name }),
  v.pipe(
    v.strictObject({
      strategy: v.literal('balance'),
      by: v.optional(v.picklist(['latency', 'weight']), 'latency'),
      models: v.optional(modelNames),
      arms: v.optional(arms),
    }),
    v.check(
      ({ models, arms: weighted }) => (models === undefined) !== (weighted === undefined),
      "must have either 'models', which share alike, or 'arms', each with its weight",
    ),
    v.transform(({ models = [], arms: weighted, ...rest }) => ({
      ...rest,
      arms: weighted ?? models.map((model) => ({ model, weight: 1 })),
    })),
  ),
  v.strictObject({
    strategy: v.literal('split'),
    sticky: v.optional(v.picklist(['user', 'key', 'none']), 'user'),
    arms,
  }),
]);

export const catalogDocumentSchema = v.strictObject({
  version: v.optional(
    v.pipe(v.number(), v.safeInteger('must be a whole number'), v.minValue(0, 'must be at least 0')),
    0,
  ),
  providers: namedRecord(providerName, providerSchema),
  models: namedRecord(name, modelSchema),
  routes: v.optional(namedRecord(name, routeSchema), {}),
  plans: v.optional(
    namedRecord(
      name,
      v.strictObject({
        limits: v.optional(
          v.pipe(
            limitsSchema,
            v.transform((limits) => ledgerLimits(limits)),
          ),
          [],
        ),
      }),
    ),
    {},
  ),
  emergency: v.optional(v.nullable(v.string()), null),
});

/** The document as it is written, kept in KV and shown: nothing filled in. */
export type CatalogDocument = v.InferInput<typeof catalogDocumentSchema>;
/** The document as it is read: every default filled in. */
export type FilledDocument = v.InferOutput<typeof catalogDocumentSchema>;
