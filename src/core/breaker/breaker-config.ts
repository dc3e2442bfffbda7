import * as v from 'valibot';

const count = (name: string, max: number) =>
  v.pipe(
    v.number(`${name} must be a whole number from 1 to ${max}.`),
    v.integer(`${name} must be a whole number from 1 to ${max}.`),
    v.minValue(1, `${name} must be at least 1.`),
    v.maxValue(max, `${name} must be at most ${max}.`),
  );

const hourMs = 3_600_000;

/** How a provider's breakers behave: `breaker` on a provider in the catalog. What is left out has its default. */
export const BreakerConfigSchema = v.pipe(
  v.strictObject({
    /** Opens when so many calls in a row have failed. */
    failuresInARow: v.optional(count('failuresInARow', 1000), 5),
    /** Opens when this share of the calls in the window has failed, once there were `callsToJudge`. */
    failureRate: v.optional(
      v.pipe(
        v.number('failureRate must be a number above 0 and at most 1.'),
        v.gtValue(0, 'failureRate must be above 0: a rate of 0 would open the breaker on successes.'),
        v.maxValue(1, 'failureRate must be at most 1: it is a share, not a percentage.'),
      ),
      0.5,
    ),
    callsToJudge: v.optional(count('callsToJudge', 100_000), 20),
    windowMs: v.optional(count('windowMs', hourMs), 30_000),
    /** How long it stays open at first; doubled each time that recovery fails, up to `openMsMax`. */
    openMs: v.optional(count('openMs', hourMs), 30_000),
    openMsMax: v.optional(count('openMsMax', 24 * hourMs), 300_000),
    /** Closes when so many probes have succeeded. */
    successesToClose: v.optional(count('successesToClose', 1000), 2),
    /** A probe whose router has not reported by then no longer keeps others from probing. */
    probeLeaseMs: v.optional(count('probeLeaseMs', hourMs), 60_000),
  }),
  v.forward(
    v.check(
      (config) => config.openMs <= config.openMsMax,
      'openMsMax must not be below openMs: raise openMsMax or lower openMs.',
    ),
    ['openMsMax'],
  ),
);

export type BreakerConfig = v.InferOutput<typeof BreakerConfigSchema>;

export const defaultBreakerConfig: BreakerConfig = v.parse(BreakerConfigSchema, {});
