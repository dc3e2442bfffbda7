import { type NanoUsd, type PicoUsd, nanoUsd, picoUsd } from '../core/money/usd.ts';

/** What a token of each sort costs. Every sort has its rate: what a catalog left out was filled in when it was read. */
export interface Rates {
  readonly input: PicoUsd;
  readonly cachedInput: PicoUsd;
  readonly cacheWrite5m: PicoUsd;
  readonly cacheWrite1h: PicoUsd;
  readonly audioInput: PicoUsd;
  readonly output: PicoUsd;
  /** Of output that is thought, and not shown. */
  readonly reasoning: PicoUsd;
  readonly audioOutput: PicoUsd;
}

/** The rates of the whole of a request that puts in more than `aboveInputTokens`. */
export interface RateStep extends Rates {
  readonly aboveInputTokens: number;
}

/** In ascending order; the first begins at zero. */
export type RateSteps = readonly [RateStep, ...RateStep[]];

export interface Price {
  /** Charged once a request. */
  readonly request: NanoUsd;
  /** Charged for each image put in, beside its tokens. */
  readonly image: NanoUsd;
  /** Charged for each search of the web that the provider ran, beside the tokens of what it found. */
  readonly webSearch: NanoUsd;
  readonly standard: RateSteps;
  readonly serviceTiers: ReadonlyMap<string, RateSteps>;
  /** Those of the tiers that serve only requests which name them: no setting at the provider can choose them. */
  readonly tiersOnlyIfAsked: ReadonlySet<string>;
}

/**
 * What a provider reported. Parts are counted in their wholes: cached and audio input in input, reasoning and audio
 * output in output.
 */
export interface PricedUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens?: number;
  readonly cacheWrite5mTokens?: number;
  readonly cacheWrite1hTokens?: number;
  /** Of the short writes, those that nobody said are short: who has asked for long ones may have got them. */
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

const sorts = [
  'input',
  'cachedInput',
  'cacheWrite5m',
  'cacheWrite1h',
  'audioInput',
  'output',
  'reasoning',
  'audioOutput',
] as const satisfies readonly (keyof Rates)[];

/** What providers call the tier that nobody pays more for. */
const standardTiers: ReadonlySet<string> = new Set(['default', 'standard', 'standard_only', 'on_demand']);

/** What a call cost, exactly, rounded up to a whole nano-dollar once, at the end. */
export function costNanoUsd(price: Price, usage: PricedUsage): NanoUsd {
  const rates = ratesServed(price, usage);
  // The dearest sorts first: where the parts overlap, as cached audio does, no token is charged twice, nor too low.
  let pico =
    partsPicoUsd(rates, usage.inputTokens, [
      ['audioInput', usage.audioInputTokens],
      ['cacheWrite1h', usage.cacheWrite1hTokens],
      ['cacheWrite5m', usage.cacheWrite5mTokens],
      ['cachedInput', usage.cachedInputTokens],
      ['input', usage.inputTokens],
    ]) +
    partsPicoUsd(rates, usage.outputTokens, [
      ['audioOutput', usage.audioOutputTokens],
      ['reasoning', usage.reasoningTokens],
      ['output', usage.outputTokens],
    ]);
  for (const [fee, count = 0] of [
    [price.request, 1],
    [price.image, usage.images],
    [price.webSearch, usage.webSearches],
  ] as const) {
    pico += BigInt(fee) * BigInt(count) * picoPerNano;
  }
  return roundedUp(pico);
}

type Part = readonly [sort: keyof Rates, count: number | undefined];

/** What tokens cost that are counted in a whole: each once, as the first of the parts that has it. */
function partsPicoUsd(rates: Rates, whole: number, parts: readonly Part[]): bigint {
  let pico = 0n;
  let left = whole;
  for (const [sort, count = 0] of parts) {
    const charged = Math.min(count, left);
    left -= charged;
    pico += BigInt(charged) * BigInt(rates[sort]);
  }
  return pico;
}

/** The cost of so many tokens at one rate, rounded up; exact also where the product in pico-dollars would not be. */
export function tokensNanoUsd(count: number, rate: PicoUsd): NanoUsd {
  return roundedUp(BigInt(count) * BigInt(rate));
}

/** What is known of a request before it is made. Whatever is left out is taken to be the dearest it could be. */
export interface Foreseen {
  /** The most that can be put in. */
  readonly inputTokensMax?: number;
  /**
   * The tier that was asked for. `auto`, like none at all, leaves the choice to the settings at the provider, among the
   * tiers that they can choose.
   */
  readonly serviceTier?: string | undefined;
  /** False if nothing was asked to be cached for longer than the provider does unasked. */
  readonly longCacheWrites?: boolean;
  /** False if no audio is put in. */
  readonly audioInput?: boolean;
  /** False if no audio was asked for. */
  readonly audioOutput?: boolean;
}

/** The most that anything about a request can cost. */
export interface DearestRates {
  /** Of a token put in, of whatever sort, cached, written to a cache or neither. */
  readonly input: PicoUsd;
  /** Of a token that comes out, hidden or shown. */
  readonly output: PicoUsd;
  readonly request: NanoUsd;
  readonly image: NanoUsd;
  readonly webSearch: NanoUsd;
}

/** No usage that keeps to what was foreseen costs more at `costNanoUsd` than at these rates. */
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

/** Whether it is known what this tier costs. A request for one that is not can't be bounded. */
export function isPricedServiceTier(price: Price, serviceTier: string): boolean {
  return serviceTier === 'auto' || standardTiers.has(serviceTier) || price.serviceTiers.has(serviceTier);
}

/** OpenAI has two names for one tier. It takes both, and answers with either. */
export function serviceTierCalled(name: string, prices: readonly Price[]): string {
  return name === 'fast' && !prices.some(({ serviceTiers }) => serviceTiers.has(name)) ? 'priority' : name;
}

function ratesServed(price: Price, { inputTokens, serviceTier, askedServiceTier }: PricedUsage): Rates {
  const named = serviceTier === undefined || standardTiers.has(serviceTier) ? price.standard : undefined;
  const tier = named ?? price.serviceTiers.get(serviceTierCalled(serviceTier ?? '', [price]));
  if (tier !== undefined) return stepAt(tier, inputTokens);
  // A tier that nobody has put a price on is charged as the dearest of those that the request may have got.
  return dearestOf(tiersOpenTo(price, askedServiceTier).map((steps) => stepAt(steps, inputTokens)));
}

/** The rates of a request that puts so much in. */
export function stepAt(steps: RateSteps, inputTokens: number): RateStep {
  return steps.findLast(({ aboveInputTokens }) => aboveInputTokens < inputTokens) ?? steps[0];
}

/** A tier that was asked for is not always the one that serves: a provider may fall back to the standard one. */
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
  const dearest = (sort: keyof Rates) => picoUsd(Math.max(0, ...all.map((rates) => rates[sort])));
  return mapRates(dearest);
}

/** Makes rates, sort by sort. */
export function mapRates(rateOf: (sort: keyof Rates) => PicoUsd): Rates {
  // Object.fromEntries forgets which names it was given; `sorts` holds each of them.
  return Object.fromEntries(sorts.map((sort) => [sort, rateOf(sort)])) as unknown as Rates;
}

const picoPerNano = 1000n;

function roundedUp(pico: bigint): NanoUsd {
  return nanoUsd(Number((pico + picoPerNano - 1n) / picoPerNano));
}
