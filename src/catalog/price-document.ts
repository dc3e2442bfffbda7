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
import type { DatedPrice, DatedPrices } from './dated-prices.ts';
import { namedRecord } from '../named-record.ts';
import { parseDay } from '../parse-time.ts';
import { type Price, type RateStep, type RateSteps, type Rates, mapRates } from './price.ts';

/**
 * A price as people write it: decimal text, and only what differs. A sort of token that is not named costs what plain
 * input (or output) does. In a step or a tier, what is not named keeps its proportion to what it was: a step that
 * doubles `input` doubles `cachedInput`, as every provider known to have steps does.
 */

const rate = v.pipe(
  v.string('must be dollars per million tokens as decimal text, such as "0.25"'),
  v.check(
    (text) => parseUsdPerMillionTokens(text) !== undefined,
    'must be dollars per million tokens with up to 6 decimals, such as "0.25"',
  ),
  v.transform((text) => parseUsdPerMillionTokens(text) ?? picoUsd(0)),
  v.maxValue<PicoUsd, PicoUsd, string>(picoUsd(pricePicoUsdMax), 'must be at most 1000 dollars per million tokens'),
);

const fee = v.pipe(
  v.string('must be dollars as decimal text, such as "0.01"'),
  v.check((text) => parseUsd(text) !== undefined, 'must be dollars with up to 9 decimals, such as "0.01"'),
  v.transform((text) => parseUsd(text) ?? nanoUsd(0)),
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
        inputTokens: v.pipe(
          v.number(),
          v.integer('must be a whole number'),
          v.minValue(1, 'must be at least 1'),
          v.maxValue(modelTokensMax, `must be at most ${modelTokensMax}`),
        ),
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

const writtenPriceSchema = v.strictObject(priceFields);

type WrittenPrice = v.InferOutput<typeof writtenPriceSchema>;
type Change = Partial<{ readonly [Sort in keyof Rates]: PicoUsd | undefined }>;
type Above = WrittenPrice['above'];

const tooDear =
  'has a step or a tier in which a rate that is not named would be above 1000 dollars: name every rate there';

export const priceSchema = v.pipe(
  writtenPriceSchema,
  v.rawTransform(({ dataset, addIssue, NEVER }): Price => {
    const price = expanded(dataset.value);
    if (price !== undefined) return price;
    addIssue({ message: tooDear });
    return NEVER;
  }),
);

const datedPriceSchema = v.pipe(
  v.strictObject({
    from: v.optional(
      v.pipe(
        v.string('must be a day as text, such as "2026-12-01"'),
        v.check((text) => parseDay(text) !== undefined, 'must be a day of the calendar, such as "2026-12-01"'),
      ),
    ),
    ...priceFields,
  }),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }): DatedPrice => {
    const { from, ...written } = value;
    const price = expanded(written);
    const fromMs = from === undefined ? -Infinity : parseDay(from);
    if (price !== undefined && fromMs !== undefined) return { fromMs, price };
    addIssue({ message: tooDear });
    return NEVER;
  }),
);

const priceListSchema = v.pipe(
  v.array(datedPriceSchema),
  v.maxLength(datedPricesMax, `must have at most ${datedPricesMax} prices`),
  v.check(
    (prices) => prices.every(({ fromMs }, at) => (at === 0 ? fromMs === -Infinity : fromMs !== -Infinity)),
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
  priceSchema,
  v.transform((price): DatedPrices => [{ fromMs: -Infinity, price }]),
);

type OnePrice = v.InferInput<typeof onePriceSchema>;
type PriceList = v.InferInput<typeof priceListSchema>;

/** One price, or a list of prices of which each is in force from its day on. */
export const datedPricesSchema = v.lazy((input): v.GenericSchema<OnePrice | PriceList, DatedPrices> =>
  Array.isArray(input) ? priceListSchema : onePriceSchema,
);

/** Fills every rate in; undefined if one would be out of range. */
function expanded(written: WrittenPrice): Price | undefined {
  const base = named(written);
  const standard = stepsFrom(base, base, written.above);
  const tiers = Object.entries(written.serviceTiers).map(([name, tier]): [string, RateSteps] => {
    const rates = changed(base, tier);
    // Without steps of its own, a tier has those of the standard one, in its own proportion.
    return [
      name,
      tier.above === undefined ? stepsFrom(base, rates, written.above) : stepsFrom(rates, rates, tier.above),
    ];
  });
  const all = [standard, ...tiers.map(([, tier]) => tier)].flat();
  const inRange = all.every((step) =>
    Object.values(mapRates((sort) => step[sort])).every((each) => each <= pricePicoUsdMax),
  );
  if (!inRange) return undefined;
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

function named(written: WrittenPrice): Rates {
  return mapRates((sort) => written[sort] ?? written[wholeOf(sort)]);
}

/** What a sort of token is counted in. */
function wholeOf(sort: keyof Rates): 'input' | 'output' {
  return sort === 'output' || sort === 'reasoning' || sort === 'audioOutput' ? 'output' : 'input';
}

/** The steps that `above` makes of `first`, where its numbers were said of `base`. */
function stepsFrom(base: Rates, first: Rates, written: Above): RateSteps {
  const rest = (written ?? []).map((step): RateStep => {
    const rates = changed(base, step);
    return {
      aboveInputTokens: step.inputTokens,
      ...mapRates((sort) => inProportion(first[sort], rates[sort], base[sort])),
    };
  });
  return [{ aboveInputTokens: 0, ...first }, ...rest];
}

/** `base` with what a step or a tier says of it. */
function changed(base: Rates, written: Change): Rates {
  return mapRates((sort) => {
    const whole = wholeOf(sort);
    return written[sort] ?? inProportion(base[sort], written[whole] ?? base[whole], base[whole]);
  });
}

/** `of × to / from`, rounded up; from nothing, the dearer of the two. */
function inProportion(of: PicoUsd, to: PicoUsd, from: PicoUsd): PicoUsd {
  if (to === from) return of;
  if (from === 0) return picoUsd(Math.max(of, to));
  const divisor = BigInt(from);
  const value = (BigInt(of) * BigInt(to) + divisor - 1n) / divisor;
  // Out of range either way, and refused by the caller.
  return picoUsd(Number(value > pricePicoUsdMax ? BigInt(pricePicoUsdMax) + 1n : value));
}
