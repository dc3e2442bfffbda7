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

/** A policy as people write it. It is kept as written. `ledgerLimits` reads the limits in it. */

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(nameCharsMax));
const names = v.pipe(
  v.array(name),
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

export const limitsSchema = v.pipe(
  v.array(limitSchema),
  v.maxLength(limitsPerAccountMax, `at most ${limitsPerAccountMax} limits`),
);

/** Valibot takes an array for an object without fields: a policy that shall restrict would not. */
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
  plan: name,
  models: globs,
  providers: globs,
  defaultModel: name,
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
  disclose: v.picklist(['own', 'all']),
  idempotency: v.picklist(['replay', 'charge-only']),
  responses: responsesSchema,
  metadata: v.pipe(
    v.unknown(),
    notArray,
    namedRecord(v.pipe(v.string(), v.maxLength(nameCharsMax)), v.pipe(v.string(), v.maxLength(metadataValueBytesMax))),
    v.maxEntries(metadataPairsMax, `at most ${metadataPairsMax} pairs`),
  ),
};

/** A missing field restricts nothing. A missing preference is the next level's, or the default. */
export const policyFields = v.partial(v.strictObject(policyEntries));

export const policySchema = v.pipe(v.unknown(), notArray, policyFields);

/** A policy as stored, perhaps by a release that took more texts for a time. An unreadable time counts as past. */
export const storedPolicySchema = v.pipe(
  v.unknown(),
  notArray,
  v.partial(v.strictObject({ ...policyEntries, expiresAt: v.string() })),
);

/** A change of a policy. Null removes a field, a missing field stays. */
export const policyPatchSchema = v.partial(v.strictObject(mapNullable(policyEntries)));

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
  // Without its nulls, this has the fields of a policy, each validated.
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null && value !== undefined));
}

/** The limits of a policy or a plan as the ledger counts them. */
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

/** A maximum in the unit of its metric. Undefined if it isn't one. */
function maxOf(metric: Limit['metric'], max: string | number): number | undefined {
  if (metric === 'usd') {
    const value = parseUsd(String(max));
    return value !== undefined && value <= limitMaxNanoUsd ? value : undefined;
  }
  return typeof max === 'number' && Number.isSafeInteger(max) && max >= 0 && max <= limitMaxCount ? max : undefined;
}
