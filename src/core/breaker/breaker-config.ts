import * as v from 'valibot';

const count = (name: string, max: number) => {
  const message = `${name} must be a whole number from 1 to ${max}.`;
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(1, `${name} must be at least 1.`),
    v.maxValue(max, `${name} must be at most ${max}.`),
  );
};

const hourMs = 3_600_000;

/** How a provider's breakers behave: `breaker` of a provider in the catalog. */
export const BreakerConfigSchema = v.pipe(
  v.strictObject({
    /** Opens after so many failures in a row. */
    failuresInARow: v.optional(count('failuresInARow', 1000), 5),
    /** Opens when this share of the calls in the window has failed, if there were `callsToJudge`. */
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
    /** How long it stays open at first; each failed recovery doubles that, up to `openMsMax`. */
    openMs: v.optional(count('openMs', hourMs), 30_000),
    openMsMax: v.optional(count('openMsMax', 24 * hourMs), 300_000),
    /** Closes after so many successful probes. */
    successesToClose: v.optional(count('successesToClose', 1000), 2),
    /** After so long a probe without a report no longer keeps others from probing. */
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
