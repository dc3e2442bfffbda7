import * as v from 'valibot';

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number, tooLow = `must be at least ${min}`) {
  return v.pipe(
    v.number(),
    v.integer('must be a whole number'),
    v.minValue(min, tooLow),
    v.maxValue(max, `must be at most ${max}`),
  );
}
