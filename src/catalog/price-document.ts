import * as v from 'valibot';
import {
  datedPricesMax,
  feeNanoUsdMax,
  modelTokensMax,
  pricePicoUsdMax,
  rateStepsMax,
  serviceTiersMax,
} from '../limits.ts';
import { type NanoUsd, type PicoUsd, nanoUsd, parseUsd, parseUsdPerMillionTokens, picoUsd } from '../core/money/usd.ts';
import { namedRecord } from '../named-record.ts';
import { parseDay } from '../parse-time.ts';
import type { DatedPrice, DatedPrices } from './dated-prices.ts';
import { type Price, type RateStep, type RateSteps, type Rates, type Sort, mapRates, sorts } from './price.ts';
import { wholeNumber } from './whole-number.ts';

/**
 * A price as people write it: decimal text, and only what differs. A sort of token that is not named costs what plain
 * input (or output) does. In a step or a tier, a rate that is not named keeps its proportion to the rate before: a step
 * that doubles `input` doubles `cachedInput`. Every provider that is known to have steps does so.
 */

/** What `parse` makes of a text; the message where it makes nothing. */
function parsed<Value>(parse: (text: string) => Value | undefined, message: string) {
  return v.rawTransform<string, Value>(({ dataset, addIssue, NEVER }) => {
    const value = parse(dataset.value);
    if (value !== undefined) return value;
    addIssue({ message });
    return NEVER;
  });
}

const rate = v.pipe(
  v.string('must be dollars per million tokens as decimal text, such as "0.25"'),
  parsed(parseUsdPerMillionTokens, 'must be dollars per million tokens with up to 6 decimals, such as "0.25"'),
  v.maxValue<PicoUsd, PicoUsd, string>(picoUsd(pricePicoUsdMax), 'must be at most 1000 dollars per million tokens'),
);

const fee = v.pipe(
  v.string('must be dollars as decimal text, such as "0.01"'),
  parsed(parseUsd, 'must be dollars with up to 9 decimals, such as "0.01"'),
  v.maxValue<NanoUsd, NanoUsd, string>(nanoUsd(feeNanoUsdMax), 'must be at most 1000 dollars'),
);

const optionalRates = {
  cachedInput: v.optional(rate),
  cacheWrite5m: v.optional(rate),
  cacheWrite1h: v.optional(rate),
  audioInput: v.optional(rate),
  reasoning: v.optional(rate),
  audioOutput: v.optional(rate),
};

const changes = { input: v.optional(rate), output: v.optional(rate), ...optionalRates };

const above = v.optional(
  v.pipe(
    v.array(
      v.strictObject({
        inputTokens: wholeNumber(1, modelTokensMax),
        ...changes,
      }),
    ),
    v.maxLength(rateStepsMax, `must have at most ${rateStepsMax} steps`),
    v.check(
      (steps) => steps.every(({ inputTokens }, at) => at === 0 || inputTokens > (steps[at - 1]?.inputTokens ?? 0)),
      'must be in ascending order of inputTokens, each once',
    ),
  ),
);

const priceFields = {
  input: rate,
  output: rate,
  ...optionalRates,
  request: v.optional(fee, '0'),
  image: v.optional(fee, '0'),
  webSearch: v.optional(fee, '0'),
  above,
  serviceTiers: v.optional(
    v.pipe(
      namedRecord(
        v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/)),
        v.strictObject({ ...changes, above, onlyIfAsked: v.optional(v.boolean(), false) }),
      ),
      v.maxEntries(serviceTiersMax, `must have at most ${serviceTiersMax} tiers`),
    ),
    {},
  ),
};

const undatedSchema = v.strictObject(priceFields);
const datedSchema = v.strictObject({
  from: v.optional(
    v.pipe(
      v.string('must be a day as text, such as "2026-12-01"'),
      parsed(parseDay, 'must be a day of the calendar, such as "2026-12-01"'),
    ),
  ),
  ...priceFields,
});

type WrittenPrice = v.InferOutput<typeof undatedSchema>;
type Change = Partial<Readonly<Record<Sort, PicoUsd | undefined>>>;

const tooDear =
  'has a step or a tier in which a rate that is not named would be above 1000 dollars: name every rate there';

const filledIn = v.rawTransform<v.InferOutput<typeof datedSchema>, DatedPrice>(({ dataset, addIssue, NEVER }) => {
  const { from = -Infinity, ...written } = dataset.value;
  const price = expanded(written);
  if (price !== undefined) return { fromMs: from, price };
  addIssue({ message: tooDear });
  return NEVER;
});

const priceListSchema = v.pipe(
  v.array(v.pipe(datedSchema, filledIn)),
  v.maxLength(datedPricesMax, `must have at most ${datedPricesMax} prices`),
  v.check(
    (prices) => prices.every(({ fromMs }, at) => (at === 0) === (fromMs === -Infinity)),
    "must begin with the price that was always in force, which has no 'from', and every other must have one",
  ),
  v.check(
    (prices) => prices.every(({ fromMs }, at) => at === 0 || fromMs > (prices[at - 1]?.fromMs ?? Infinity)),
    "must be in ascending order of 'from', each day once",
  ),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }): DatedPrices => {
    const [first, ...later] = value;
    if (first !== undefined) return [first, ...later];
    addIssue({ message: 'must have at least one price' });
    return NEVER;
  }),
);

const onePriceSchema = v.pipe(
  undatedSchema,
  filledIn,
  v.transform((price): DatedPrices => [price]),
);

type Written = v.InferInput<typeof onePriceSchema> | v.InferInput<typeof priceListSchema>;

/** One price, or a list of prices of which each is in force from its day on. */
export const datedPricesSchema = v.lazy((input): v.GenericSchema<Written, DatedPrices> =>
  Array.isArray(input) ? priceListSchema : onePriceSchema,
);

/** With every rate filled in; undefined if one would be out of range. */
function expanded(written: WrittenPrice): Price | undefined {
  const base = mapRates((sort) => written[sort] ?? written[wholeOf(sort)]);
  const standard = stepsFrom(base, base, written.above);
  const tiers = Object.entries(written.serviceTiers).map(([name, tier]): [string, RateSteps] => {
    const rates = changed(base, tier);
    // A tier without steps of its own has those of the standard tier, in its own proportion.
    return [
      name,
      tier.above === undefined ? stepsFrom(base, rates, written.above) : stepsFrom(rates, rates, tier.above),
    ];
  });
  const steps = [standard, ...tiers.map(([, tier]) => tier)].flat();
  if (steps.some((step) => sorts.some((sort) => step[sort] > pricePicoUsdMax))) return undefined;
  const { request, image, webSearch } = written;
  const onlyIfAsked = Object.entries(written.serviceTiers).filter(([, tier]) => tier.onlyIfAsked);
  return {
    request,
    image,
    webSearch,
    standard,
    serviceTiers: new Map(tiers),
    tiersOnlyIfAsked: new Set(onlyIfAsked.map(([name]) => name)),
  };
}

/** The total that a sort of token is counted in. */
function wholeOf(sort: Sort): 'input' | 'output' {
  return sort === 'output' || sort === 'reasoning' || sort === 'audioOutput' ? 'output' : 'input';
}

/** The steps of `first`. `written` gives them for `base`. */
function stepsFrom(base: Rates, first: Rates, written: WrittenPrice['above']): RateSteps {
  const rest = (written ?? []).map((step): RateStep => {
    const rates = changed(base, step);
    return {
      aboveInputTokens: step.inputTokens,
      ...mapRates((sort) => inProportion(first[sort], rates[sort], base[sort])),
    };
  });
  return [{ aboveInputTokens: 0, ...first }, ...rest];
}

/** `base` as a step or a tier changes it. */
function changed(base: Rates, written: Change): Rates {
  return mapRates((sort) => {
    const whole = wholeOf(sort);
    return written[sort] ?? inProportion(base[sort], written[whole] ?? base[whole], base[whole]);
  });
}

/** `of × to / from`, rounded up. If `from` is zero, the dearer of the other two. */
function inProportion(of: PicoUsd, to: PicoUsd, from: PicoUsd): PicoUsd {
  if (to === from) return of;
  if (from === 0) return picoUsd(Math.max(of, to));
  const divisor = BigInt(from);
  const value = (BigInt(of) * BigInt(to) + divisor - 1n) / divisor;
  // Out of range either way: the caller refuses it.
  return picoUsd(Number(value > pricePicoUsdMax ? BigInt(pricePicoUsdMax) + 1n : value));
}
