import type { CostParts } from '../core/money/cost-parts.ts';
import { type NanoUsd, type PicoUsd, nanoUsd, picoUsd } from '../core/money/usd.ts';

export const sorts = [
  'input',
  'cachedInput',
  'cacheWrite5m',
  'cacheWrite1h',
  'audioInput',
  'output',
  /** Output that is thought and not shown. */
  'reasoning',
  'audioOutput',
] as const;

/** A sort of token. */
export type Sort = (typeof sorts)[number];

/** What a token of each sort costs. When a catalog is read, every rate that it leaves out is filled in. */
export type Rates = Readonly<Record<Sort, PicoUsd>>;

/** The rates of a whole request that puts in more than `aboveInputTokens`. */
export interface RateStep extends Rates {
  readonly aboveInputTokens: number;
}

/** In ascending order. The first begins at zero. */
export type RateSteps = readonly [RateStep, ...RateStep[]];

export interface Price {
  /** Charged once a request. */
  readonly request: NanoUsd;
  /** Charged for each image that is put in, beside its tokens. */
  readonly image: NanoUsd;
  /** Charged for each search of the web that the provider ran, beside the tokens of what it found. */
  readonly webSearch: NanoUsd;
  readonly standard: RateSteps;
  readonly serviceTiers: ReadonlyMap<string, RateSteps>;
  /** Tiers that serve only requests which name them: no setting at the provider can choose them. */
  readonly tiersOnlyIfAsked: ReadonlySet<string>;
}

/** What a provider reported. `inputTokens` includes cached and audio input, `outputTokens` reasoning and audio. */
export interface PricedUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens?: number;
  readonly cacheWrite5mTokens?: number;
  readonly cacheWrite1hTokens?: number;
  /** The part of the short writes that nobody called short. If the request asked for long ones, they may be long. */
  readonly undividedCacheWriteTokens?: number;
  readonly audioInputTokens?: number;
  readonly outputTokens: number;
  readonly reasoningTokens?: number;
  readonly audioOutputTokens?: number;
  readonly images?: number;
  readonly webSearches?: number;
  /** The tier that the provider says it served. */
  readonly serviceTier?: string;
  /** The tier that the request named. */
  readonly askedServiceTier?: string;
}

/** What providers call the tier at the usual price. */
const standardTiers: ReadonlySet<string> = new Set(['default', 'standard', 'standard_only', 'on_demand']);

/** The exact cost of a call. It is rounded up to a whole nano-dollar once, at the end. */
export function costNanoUsd(price: Price, usage: PricedUsage): NanoUsd {
  const { input, cached, cacheWrites, output, fees } = partsPicoUsd(price, usage);
  return roundedUp(input + cached + cacheWrites + output + fees);
}

/** Each part is the exact one, less than a nano-dollar more or less. */
export function costParts(price: Price, usage: PricedUsage): CostParts {
  const { input, cached, cacheWrites, output, fees } = partsPicoUsd(price, usage);
  let [soFar, roundedSoFar] = [0n, 0];
  // Each part is what the rounded sum grows by.
  const grownBy = (pico: bigint): number => {
    soFar += pico;
    const before = roundedSoFar;
    roundedSoFar = roundedUp(soFar);
    return roundedSoFar - before;
  };
  return {
    inputNanoUsd: grownBy(input),
    cachedNanoUsd: grownBy(cached),
    cacheWritesNanoUsd: grownBy(cacheWrites),
    outputNanoUsd: grownBy(output),
    feesNanoUsd: grownBy(fees),
  };
}

type PicoParts = Record<'input' | 'cached' | 'cacheWrites' | 'output' | 'fees', bigint>;

function partsPicoUsd(price: Price, usage: PricedUsage): PicoParts {
  const rates = ratesServed(price, usage);
  // The dearest sorts come first. Where parts overlap, as for cached audio, no token is charged twice or too low.
  const [audio, long, short, cached, input] = tokensPicoUsd(rates, usage.inputTokens, [
    ['audioInput', usage.audioInputTokens],
    ['cacheWrite1h', usage.cacheWrite1hTokens],
    ['cacheWrite5m', usage.cacheWrite5mTokens],
    ['cachedInput', usage.cachedInputTokens],
    ['input', usage.inputTokens],
  ]);
  const output = tokensPicoUsd(rates, usage.outputTokens, [
    ['audioOutput', usage.audioOutputTokens],
    ['reasoning', usage.reasoningTokens],
    ['output', usage.outputTokens],
  ]);
  let fees = 0n;
  for (const [fee, count = 0] of [
    [price.request, 1],
    [price.image, usage.images],
    [price.webSearch, usage.webSearches],
  ] as const) {
    fees += BigInt(fee) * BigInt(count) * picoPerNano;
  }
  const sum = (parts: readonly bigint[]): bigint => parts.reduce((all, part) => all + part, 0n);
  return { input: audio + input, cached, cacheWrites: long + short, output: sum(output), fees };
}

type Part = readonly [sort: Sort, count: number | undefined];

/** The cost of all tokens of a total, part by part. Each is charged once, as the first of the parts that counts it. */
function tokensPicoUsd<Parts extends readonly Part[]>(
  rates: Rates,
  total: number,
  parts: readonly [...Parts],
): { [Index in keyof Parts]: bigint } {
  let left = total;
  const costs = parts.map(([sort, count = 0]) => {
    const charged = Math.min(count, left);
    left -= charged;
    return BigInt(charged) * BigInt(rates[sort]);
  });
  // One for each part, in order.
  return costs as { [Index in keyof Parts]: bigint };
}

/** The cost of so many tokens at one rate, rounded up. It is exact for products too large for a number, too. */
export function tokensNanoUsd(count: number, rate: PicoUsd): NanoUsd {
  return roundedUp(BigInt(count) * BigInt(rate));
}

/** What is known of a request before it is made. What is left out counts as the dearest that it could be. */
export interface Foreseen {
  /** The most that can be put in. */
  readonly inputTokensMax?: number;
  /**
   * The tier that was asked for. With `auto` or none, the settings at the provider choose among those that they can.
   */
  readonly serviceTier?: string | undefined;
  /** False if nothing is to be cached for longer than the provider does unasked. */
  readonly longCacheWrites?: boolean;
  readonly audioInput?: boolean;
  readonly audioOutput?: boolean;
}

/** The most that anything about a request can cost. */
export interface DearestRates {
  /** Of a token of any sort that is put in. */
  readonly input: PicoUsd;
  /** Of a token of any sort that comes out. */
  readonly output: PicoUsd;
  readonly request: NanoUsd;
  readonly image: NanoUsd;
  readonly webSearch: NanoUsd;
}

/** `costNanoUsd` of a usage that keeps to what was foreseen is never above its cost at these rates. */
export function dearestRates(price: Price, foreseen: Foreseen = {}): DearestRates {
  const { inputTokensMax = Infinity, serviceTier } = foreseen;
  const { longCacheWrites = true, audioInput = true, audioOutput = true } = foreseen;
  let input = 0;
  let output = 0;
  for (const steps of tiersThatMayServe(price, serviceTier)) {
    for (const rates of steps) {
      if (rates.aboveInputTokens > 0 && rates.aboveInputTokens >= inputTokensMax) break;
      input = Math.max(input, rates.input, rates.cachedInput, rates.cacheWrite5m);
      if (longCacheWrites) input = Math.max(input, rates.cacheWrite1h);
      if (audioInput) input = Math.max(input, rates.audioInput);
      output = Math.max(output, rates.output, rates.reasoning, audioOutput ? rates.audioOutput : 0);
    }
  }
  const { request, image, webSearch } = price;
  return { input: picoUsd(input), output: picoUsd(output), request, image, webSearch };
}

/** Whether the cost of this tier is known. If not, a request for it can't be bounded. */
export function isPricedServiceTier(price: Price, serviceTier: string): boolean {
  return serviceTier === 'auto' || standardTiers.has(serviceTier) || price.serviceTiers.has(serviceTier);
}

/** OpenAI has two names for one tier. It takes both, and its answers use either. */
export function serviceTierCalled(name: string, prices: readonly Price[]): string {
  return name === 'fast' && !prices.some(({ serviceTiers }) => serviceTiers.has(name)) ? 'priority' : name;
}

function ratesServed(price: Price, { inputTokens, serviceTier, askedServiceTier }: PricedUsage): Rates {
  const named = serviceTier === undefined || standardTiers.has(serviceTier) ? price.standard : undefined;
  const tier = named ?? price.serviceTiers.get(serviceTierCalled(serviceTier ?? '', [price]));
  if (tier !== undefined) return stepAt(tier, inputTokens);
  // A tier without a price is charged as the dearest of the tiers that the request may have got.
  return dearestOf(tiersOpenTo(price, askedServiceTier).map((steps) => stepAt(steps, inputTokens)));
}

export function stepAt(steps: RateSteps, inputTokens: number): RateStep {
  return steps.findLast(({ aboveInputTokens }) => aboveInputTokens < inputTokens) ?? steps[0];
}

/** The tier that was asked for does not always serve: a provider may fall back to the standard one. */
function tiersThatMayServe(price: Price, serviceTier: string | undefined): RateSteps[] {
  if (serviceTier !== undefined && standardTiers.has(serviceTier)) return [price.standard];
  const asked = price.serviceTiers.get(serviceTierCalled(serviceTier ?? '', [price]));
  return asked === undefined ? tiersOpenTo(price, undefined) : [price.standard, asked];
}

/** The standard tier, all that a setting at the provider may choose, and the one that was asked for. */
function tiersOpenTo(price: Price, asked: string | undefined): RateSteps[] {
  const open = [...price.serviceTiers].filter(([name]) => name === asked || !price.tiersOnlyIfAsked.has(name));
  return [price.standard, ...open.map(([, steps]) => steps)];
}

function dearestOf(all: readonly Rates[]): Rates {
  return mapRates((sort) => picoUsd(Math.max(0, ...all.map((rates) => rates[sort]))));
}

export function mapRates(rateOf: (sort: Sort) => PicoUsd): Rates {
  // `Object.fromEntries` forgets which names it was given. Here they are all of `sorts`.
  return Object.fromEntries(sorts.map((sort) => [sort, rateOf(sort)])) as Rates;
}

const picoPerNano = 1000n;

function roundedUp(pico: bigint): NanoUsd {
  return nanoUsd(Number((pico + picoPerNano - 1n) / picoPerNano));
}
