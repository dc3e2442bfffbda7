import * as v from 'valibot';
import { BreakerConfigSchema } from '../../core/breaker/breaker-config.ts';
import { ProviderSiteSchema } from '../../core/breaker/provider-site.ts';

/**
 * What a ProviderHealth object keeps on disk. The health record is written before each answer that depends on it, so
 * that an eviction neither closes an open breaker, nor lets a second probe out, nor forgets failures in a row. The
 * window of failure rates is not in it, and begins afresh.
 */
const BreakerRecordSchema = v.variant('kind', [
  v.object({
    kind: v.literal('closed'),
    sinceMs: v.number(),
    failuresInARow: v.number(),
    failedBuckets: v.optional(v.array(v.number())),
  }),
  v.object({ kind: v.literal('open'), untilMs: v.number(), reopenings: v.number() }),
  v.object({
    kind: v.literal('half-open'),
    reopenings: v.number(),
    successes: v.number(),
    probe: v.nullable(v.object({ claim: v.string(), leaseUntilMs: v.number() })),
  }),
]);

const reason = v.picklist(['unauthorized', 'forbidden', 'out-of-credit', 'rate-limited']);

export const HealthRecordSchema = v.object({
  version: v.literal(1),
  /** The steady time at which this was written. */
  reachedMs: v.number(),
  resetMs: v.number(),
  breakers: v.array(v.tuple([v.string(), BreakerRecordSchema])),
  /** The credentials that are out for all calls. */
  cooldowns: v.array(v.tuple([v.string(), v.object({ untilMs: v.number(), reason, sinceMs: v.optional(v.number()) })])),
  /** The credentials that are out for one model, or for one client's calls of one model. */
  scoped: v.optional(
    v.array(
      v.object({
        credential: v.string(),
        model: v.string(),
        client: v.optional(v.string()),
        untilMs: v.number(),
        sinceMs: v.number(),
        reason,
        isChecked: v.optional(v.boolean()),
      }),
    ),
  ),
});

const HistogramRecordSchema = v.array(v.tuple([v.number(), v.number()]));

const UsersRecordSchema = v.array(v.number());

const StatisticsRecordSchema = v.object({
  newestFromMs: v.number(),
  panes: v.array(
    v.object({
      calls: v.number(),
      failures: v.number(),
      neutral: v.number(),
      latency: HistogramRecordSchema,
      firstByte: HistogramRecordSchema,
    }),
  ),
  /** The last use by each client; for an endpoint, by each model, and for a model, at each endpoint. */
  users: v.optional(v.object({ clients: UsersRecordSchema, others: UsersRecordSchema })),
});

/** Statistics decide nothing: they are written now and then, and an eviction may lose the last few seconds. */
export const AllStatisticsRecordSchema = v.object({
  version: v.literal(1),
  reachedMs: v.number(),
  statistics: v.array(v.tuple([v.string(), StatisticsRecordSchema])),
});

/** Where the provider is, as routers last said, so that checks go on after an eviction. */
export const SiteRecordSchema = v.object({
  version: v.literal(1),
  site: ProviderSiteSchema,
  config: BreakerConfigSchema,
});

const CheckResultSchema = v.variant('kind', [
  v.object({ kind: v.literal('answered'), status: v.number() }),
  v.object({ kind: v.literal('late') }),
  v.object({ kind: v.literal('unreachable') }),
]);

/** The checks of the provider and their results. Times are the wall clock's. */
export const ChecksRecordSchema = v.object({
  version: v.literal(1),
  askedMs: v.optional(v.number()),
  reportedMs: v.optional(v.number()),
  checks: v.array(v.object({ endpoint: v.string(), atMs: v.number(), result: v.optional(CheckResultSchema) })),
  list: v.optional(
    v.object({
      atMs: v.number(),
      missing: v.array(v.string()),
      listed: v.optional(v.number()),
      problem: v.optional(v.string()),
    }),
  ),
});

export type BreakerRecord = v.InferOutput<typeof BreakerRecordSchema>;
export type HealthRecord = v.InferOutput<typeof HealthRecordSchema>;
export type StatisticsRecord = v.InferOutput<typeof StatisticsRecordSchema>;
export type AllStatisticsRecord = v.InferOutput<typeof AllStatisticsRecordSchema>;
export type SiteRecord = v.InferOutput<typeof SiteRecordSchema>;
export type ChecksRecord = v.InferOutput<typeof ChecksRecordSchema>;
