import * as v from 'valibot';

/**
 * What a ProviderHealth object keeps on disk: enough that an eviction neither closes an open breaker, nor lets a second
 * probe out, nor forgets a streak of failures. The rolling windows are not in it: they begin afresh.
 */
const BreakerRecordSchema = v.variant('kind', [
  v.object({ kind: v.literal('closed'), sinceMs: v.number(), failuresInARow: v.number() }),
  v.object({ kind: v.literal('open'), untilMs: v.number(), reopenings: v.number() }),
  v.object({
    kind: v.literal('half-open'),
    reopenings: v.number(),
    successes: v.number(),
    probe: v.nullable(v.object({ claim: v.string(), leaseUntilMs: v.number() })),
  }),
]);

export const HealthRecordSchema = v.object({
  version: v.literal(1),
  /** The steady time at which this was written. */
  reachedMs: v.number(),
  resetMs: v.number(),
  breakers: v.array(v.tuple([v.string(), BreakerRecordSchema])),
  cooldowns: v.array(
    v.tuple([
      v.string(),
      v.object({
        untilMs: v.number(),
        reason: v.picklist(['unauthorized', 'forbidden', 'out-of-credit', 'rate-limited']),
      }),
    ]),
  ),
});

export type BreakerRecord = v.InferOutput<typeof BreakerRecordSchema>;
export type HealthRecord = v.InferOutput<typeof HealthRecordSchema>;
