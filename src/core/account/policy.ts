import * as v from 'valibot';
import {
  limitMaxCount,
  limitMaxNanoUsd,
  limitsPerAccountMax,
  metadataPairsMax,
  metadataValueBytesMax,
  modelPatternsPerLimitMax,
  nameCharsMax,
  waitMsMax,
} from '../../limits.ts';
import { keptBytesLeast, keptBytesMost, responseHoursMax } from './response-limits.ts';
import { type Limit, type Scope, isGauge } from '../ledger/limit.ts';
import { parseUsd } from '../money/usd.ts';
import { total } from '../ledger/window.ts';
import { namedRecord } from '../../named-record.ts';
import { parseInstant } from '../../parse-time.ts';
import { parseBytes } from './byte-size.ts';
import { parsePer } from './per.ts';

/** A policy as people write it. It is kept as written; the limits in it are worked out with `ledgerLimits`. */

const names = v.pipe(
  v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(nameCharsMax))),
  v.minLength(1, 'an empty list would match nothing: leave it out'),
  v.maxLength(modelPatternsPerLimitMax),
);

const usdText = v.pipe(
  v.union([v.string(), v.number()], 'must be dollars as decimal text, such as "25.00"'),
  v.transform(String),
  v.check((text) => parseUsd(text) !== undefined, 'must be dollars with up to 9 decimals, such as "25.00"'),
  v.check((text) => (parseUsd(text) ?? 0) <= limitMaxNanoUsd, 'must be at most 9000000 dollars'),
);

const limitSchema = v.pipe(
  v.strictObject({
    metric: v.picklist(['requests', 'tokens', 'usd', 'concurrency', 'streams']),
    per: v.optional(v.string()),
    max: v.union([v.string(), v.number()]),
    endpoint: v.optional(v.picklist(['chat', 'responses', 'messages', 'embeddings'])),
    models: v.optional(names),
  }),
  v.forward(
    v.check(
      ({ metric, per }) => (isGauge(metric) ? per === undefined : per !== undefined && parsePer(per) !== undefined),
      'must be minute, hour, day, month, total, or a duration from 30s to 90d; ' +
        'concurrency and streams have none, because they count what is in flight',
    ),
    ['per'],
  ),
  v.forward(
    v.check(
      ({ metric, max }) => maxOf(metric, max) !== undefined,
      'must be a whole number from 0 to 10^15; for usd, dollars with up to 9 decimals and at most 9000000',
    ),
    ['max'],
  ),
);

/** The limits of a policy or of a plan. */
export const limitsSchema = v.pipe(
  v.array(limitSchema),
  v.maxLength(limitsPerAccountMax, `at most ${limitsPerAccountMax} limits`),
);

/** To a schema of an object an array is one too, with none of the fields: what was meant to restrict would not. */
const notArray = v.check((value: unknown) => !Array.isArray(value), 'must be an object, not an array');

const globs = v.pipe(v.unknown(), notArray, v.strictObject({ allow: v.optional(names), deny: v.optional(names) }));

const wholeHours = `must be a whole number of hours from 1 to ${responseHoursMax}`;
const size = 'must be a whole number of bytes, or text such as "64MB" or "64MiB"';

const responsesSchema = v.pipe(
  v.unknown(),
  notArray,
  v.strictObject({
    store: v.optional(v.boolean('must be true or false')),
    hours: v.optional(
      v.pipe(
        v.number(wholeHours),
        v.check((hours) => Number.isInteger(hours) && hours >= 1 && hours <= responseHoursMax, wholeHours),
      ),
    ),
    bytesMax: v.optional(
      v.pipe(
        v.union([v.string(), v.number()], size),
        v.check((bytesMax) => parseBytes(bytesMax) !== undefined, size),
        v.check((bytesMax) => (parseBytes(bytesMax) ?? keptBytesLeast) >= keptBytesLeast, 'must be at least "1MB"'),
        v.check((bytesMax) => (parseBytes(bytesMax) ?? 0) <= keptBytesMost, 'must be at most "1GiB"'),
      ),
    ),
  }),
);

const policyEntries = {
  limits: limitsSchema,
  plan: v.pipe(v.string(), v.minLength(1), v.maxLength(nameCharsMax)),
  models: globs,
  providers: globs,
  defaultModel: v.pipe(v.string(), v.minLength(1), v.maxLength(nameCharsMax)),
  maxTokens: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000_000)),
  fallback: v.picklist(['next', 'fail']),
  failureMode: v.picklist(['closed', 'open']),
  fallbackDailyUsd: usdText,
  onAbort: v.picklist(['drain', 'hold']),
  waitMs: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(waitMsMax)),
  expiresAt: v.pipe(
    v.string(),
    v.check((text) => parseInstant(text) !== undefined, 'must be a time such as 2026-12-01T00:00:00Z'),
  ),
  status: v.picklist(['active', 'suspended', 'revoked']),
  capture: v.picklist(['none', 'full']),
  idempotency: v.picklist(['replay', 'charge-only']),
  responses: responsesSchema,
  metadata: v.pipe(
    v.unknown(),
    notArray,
    namedRecord(v.pipe(v.string(), v.maxLength(nameCharsMax)), v.pipe(v.string(), v.maxLength(metadataValueBytesMax))),
    v.maxEntries(metadataPairsMax, `at most ${metadataPairsMax} pairs`),
  ),
};

/** Every field may be absent: then it restricts nothing, and the preference is the next level's, or the default. */
export const policyFields = v.partial(v.strictObject(policyEntries));

export const policySchema = v.pipe(v.unknown(), notArray, policyFields);

/**
 * As it was stored, perhaps by a release that took more for a time: what can't be read then is left as it is, and
 * whoever asks whether it has come is told that it has.
 */
export const storedPolicySchema = v.pipe(
  v.unknown(),
  notArray,
  v.partial(v.strictObject({ ...policyEntries, expiresAt: v.string() })),
);

/** In a change, null removes a field; what is absent stays. */
export const policyPatchSchema = v.strictObject(
  v.entriesFromObjects([v.partial(v.object(mapNullable(policyEntries)))]),
);

function mapNullable<T extends Record<string, v.GenericSchema>>(
  entries: T,
): { [K in keyof T]: v.NullableSchema<T[K], undefined> } {
  // Object.fromEntries forgets which key has which schema; the mapping above is exact.
  return Object.fromEntries(Object.entries(entries).map(([key, schema]) => [key, v.nullable(schema)])) as {
    [K in keyof T]: v.NullableSchema<T[K], undefined>;
  };
}

export type Policy = v.InferOutput<typeof policySchema>;
export type PolicyPatch = v.InferOutput<typeof policyPatchSchema>;
export type PolicyLimit = NonNullable<Policy['limits']>[number];

export function patchPolicy(policy: Policy, patch: PolicyPatch): Policy {
  const merged = { ...policy, ...patch };
  // What is null was to be removed; everything else has just been validated, field by field, as a policy has it.
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null && value !== undefined));
}

/** The limits of a policy (or a plan) as the ledger counts them. */
export function ledgerLimits(limits: readonly PolicyLimit[]): Limit[] {
  return limits.map((limit) => {
    const window = limit.per === undefined ? total : (parsePer(limit.per) ?? total);
    const counted = { metric: limit.metric, window, max: maxOf(limit.metric, limit.max) ?? 0 };
    const scope = scopeOf(limit);
    return scope === undefined ? counted : { ...counted, scope };
  });
}

function scopeOf({ endpoint, models }: PolicyLimit): Scope | undefined {
  if (endpoint === undefined && models === undefined) return undefined;
  return { ...(endpoint === undefined ? {} : { endpoint }), ...(models === undefined ? {} : { models }) };
}

/** The maximum in the unit of its metric; undefined if it isn't one. */
function maxOf(metric: Limit['metric'], max: string | number): number | undefined {
  if (metric === 'usd') {
    const value = parseUsd(String(max));
    return value !== undefined && value <= limitMaxNanoUsd ? value : undefined;
  }
  return typeof max === 'number' && Number.isSafeInteger(max) && max >= 0 && max <= limitMaxCount ? max : undefined;
}
