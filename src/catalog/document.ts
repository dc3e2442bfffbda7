import * as v from 'valibot';
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
import type { Endpoint } from '../core/ledger/limit.ts';
import { namedRecord } from '../named-record.ts';
import { limitsSchema } from '../core/account/policy.ts';
import { parseDay } from '../parse-time.ts';
import { datedPricesSchema } from './price-document.ts';
import { providerSchema } from './provider-document.ts';

/**
 * The catalog as people write it. What no schema can see, because it lies between two places, is in `parse-catalog`.
 */

/** In a request it stands before the first slash of a pinned target, and in `CREDITS_<PROVIDER>`. */
const providerName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'must be lower-case letters, digits and "-", such as "openai"'),
);

const name = v.pipe(
  v.string(),
  v.regex(/^[!-~]+$/, 'must be a name without spaces, such as "gpt-5.6-luna"'),
  v.maxLength(nameCharsMax, `must be at most ${nameCharsMax} characters`),
);

const modelNames = v.pipe(
  v.array(name),
  v.minLength(1, 'must name at least one model'),
  v.maxLength(modelsPerRouteMax, `must name at most ${modelsPerRouteMax} models`),
);

const tokenCount = v.pipe(
  v.number(),
  v.integer('must be a whole number'),
  v.minValue(1, 'must be at least 1'),
  v.maxValue(modelTokensMax, `must be at most ${modelTokensMax}`),
);

/** A day, as the moment at which it begins. */
const day = v.pipe(
  v.string('must be a day as text, such as "2026-12-11"'),
  v.check((text) => parseDay(text) !== undefined, 'must be a day of the calendar, such as "2026-12-11"'),
);

const tokensPerSecond = v.pipe(
  v.number(),
  v.integer('must be a whole number'),
  v.minValue(1, 'must be at least 1'),
  v.maxValue(outputTokensPerSecondMax, `must be at most ${outputTokensPerSecondMax}`),
);

const endpoints = ['chat', 'responses', 'messages', 'embeddings'] as const;
const generation: Endpoint[] = ['chat', 'responses', 'messages'];

const target = v.strictObject({
  provider: v.string(),
  model: name,
  cancels: v.optional(v.boolean(), false),
  capsPrice: v.optional(v.boolean(), false),
  protocols: v.optional(v.pipe(v.array(v.picklist(endpoints)), v.minLength(1, 'must name at least one protocol'))),
  price: v.optional(datedPricesSchema),
});

/**
 * The cap on an answer whose client set none. A model that reasons spends most of it before the first word, and an
 * agent's turn that is cut off there is lost. Where a limit leaves less, the cap is lowered to that.
 */
function defaultOutputTokens(model: { readonly maxOutputTokens: number; readonly reasoning: boolean }): number {
  return Math.min(model.maxOutputTokens, model.reasoning ? 32_000 : 8192);
}

const modelSchema = v.pipe(
  v.strictObject({
    aliases: v.optional(
      v.pipe(v.array(name), v.maxLength(aliasesPerModelMax, `must have at most ${aliasesPerModelMax} aliases`)),
      [],
    ),
    targets: v.pipe(
      v.array(target),
      v.minLength(1, 'must have at least one target'),
      v.maxLength(targetsPerModelMax, `must have at most ${targetsPerModelMax} targets`),
    ),
    price: v.optional(datedPricesSchema),
    retires: v.optional(day),
    contextTokens: tokenCount,
    maxOutputTokens: tokenCount,
    defaultOutputTokens: v.optional(tokenCount),
    outputTokensPerSecondMax: v.optional(tokensPerSecond, outputTokensPerSecondDefault),
    input: v.optional(v.pipe(v.array(v.picklist(['text', 'image', 'audio', 'file', 'video'])), v.minLength(1)), [
      'text',
    ]),
    imageTokens: v.optional(tokenCount),
    searchTokens: v.optional(tokenCount),
    reasoning: v.optional(v.boolean(), false),
    thinking: v.optional(v.picklist(['budget', 'adaptive'])),
    tools: v.optional(v.boolean(), false),
    structuredOutput: v.optional(v.boolean(), false),
    endpoints: v.optional(
      v.pipe(v.array(v.picklist(endpoints)), v.minLength(1, 'must name at least one endpoint')),
      generation,
    ),
    tokenizer: v.optional(name),
    tier: v.optional(name),
    params: v.optional(
      namedRecord(
        v.pipe(
          v.string(),
          v.check(
            (field) => !['model', 'messages', 'input', 'stream', 'stream_options'].includes(field),
            'can not be set here: it is what the client asks',
          ),
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
  v.transform((model) => ({
    ...model,
    defaultOutputTokens: model.defaultOutputTokens ?? defaultOutputTokens(model),
  })),
);

const arms = v.pipe(
  v.array(
    v.strictObject({
      model: name,
      weight: v.pipe(
        v.number(),
        v.integer('must be a whole number'),
        v.minValue(0, 'must be at least 0'),
        v.maxValue(weightMax, `must be at most ${weightMax}`),
      ),
    }),
  ),
  v.minLength(1, 'must have at least one arm'),
  v.maxLength(modelsPerRouteMax, `must have at most ${modelsPerRouteMax} arms`),
  v.check((list) => list.some(({ weight }) => weight > 0), 'must have an arm with a weight above 0'),
);

const routeSchema = v.variant('strategy', [
  v.strictObject({
    strategy: v.literal('fallback'),
    models: modelNames,
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
  version: v.optional(v.pipe(v.number(), v.safeInteger('must be a whole number'), v.minValue(0, 'must be at least 0'))),
  providers: namedRecord(providerName, providerSchema),
  models: namedRecord(name, modelSchema),
  routes: v.optional(namedRecord(name, routeSchema), {}),
  plans: v.optional(namedRecord(name, v.strictObject({ limits: v.optional(limitsSchema, []) })), {}),
  emergency: v.optional(v.nullable(v.string()), null),
});

/** The document as it is written, kept in KV and shown: nothing filled in. */
export type CatalogDocument = v.InferInput<typeof catalogDocumentSchema>;
export type WrittenCatalog = v.InferOutput<typeof catalogDocumentSchema>;
