import { asksForLongCache } from '../anthropic/messages-prompt.ts';
import { dearestRatesOf, pricesOfCall } from '../catalog/dated-prices.ts';
import { type PricedUsage, tokensNanoUsd } from '../catalog/price.ts';
import { type Candidate, namesOf } from '../catalog/resolve.ts';
import type { Provider } from '../catalog/schema.ts';
import { GatewayError } from '../http/errors.ts';
import type { Bound } from '../ledger/command.ts';
import { type Endpoint, type Limit, type ModelNames, inScope, modelNames } from '../ledger/limit.ts';
import { assert, picoUsd } from '../ledger/units.ts';
import { choicesMax, countedCharsMax } from '../limits.ts';
import type { Ranks } from '../tokenizer/ranks.ts';
import type { Prompt } from '../wire/prompt.ts';
import { searchesAsked } from './as-asked.ts';
import { CallEncoder, targetName } from './call-encoder.ts';
import { countTextTokens, estimatedTokens } from './count-text.ts';
import { droppedHeaders } from './dropped-headers.ts';
import type { TargetCall } from './encode-call.ts';
import { capOf, exactly, isCount } from './output-cap.ts';
import { asksForSound, findDuplicate, findUnbounded, tierSent } from './unbounded.ts';
import { type AnyCall, capNamesOf } from './wires.ts';

/** The most that a provider can bill for a call. */

export interface BoundOptions {
  /** Whether the account, or one it belongs to, limits money or tokens. Only then is anything lowered or refused. */
  readonly isLimited: boolean;
  /** When the call began: of several prices, all count that may be in force before it ends. */
  readonly startedAtMs: number;
  /** The output cap of the account's policy, which binds whether anything else is limited or not. */
  readonly maxTokens: number | undefined;
  /** What the client asked for with `x-gateway-budget`. */
  readonly budget: 'clamp' | 'strict' | undefined;
  /** A nearer count of what is put in, where there is one: asked for only when the bytes do not fit. */
  readonly counted?: Counted | undefined;
}

export interface Counted {
  /** What a target's own provider counted, by `targetName`: everything that is put in. */
  readonly told: ReadonlyMap<string, number>;
  /** The table of the one tokenizer that is known here. */
  readonly ranks: Ranks | undefined;
}

/** A candidate, and the provider that its target names. */
export interface Bindable {
  readonly candidate: Candidate;
  readonly provider: Provider;
}

export interface BoundAttempt<Attempt> extends TargetCall {
  readonly attempt: Attempt;
  readonly bound: Bound;
  /** About what is put in, for a client that is told so before anybody has counted it. */
  readonly inputTokensAbout: number;
  /** What it is charged by that providers don't always report: to be taken for true where one says nothing of it. */
  readonly unreported: Pick<PricedUsage, 'images' | 'serviceTier' | 'askedServiceTier' | 'webSearches'>;
}

export type Bounding<Attempt> =
  | {
      readonly kind: 'bounded';
      /** Those of the plan whose cost can be bounded, in its order: at least one. */
      readonly attempts: readonly [BoundAttempt<Attempt>, ...BoundAttempt<Attempt>[]];
      /** Whether the bound is one that can't be exceeded honestly. */
      readonly bounded: boolean;
      /** Whether the cap that is granted must be put into the call, so that it binds the provider. */
      readonly setsCap: boolean;
    }
  | { readonly kind: 'refused'; readonly error: GatewayError };

/** Whether a limit on money or tokens counts such a call. */
export function isLimited(limits: readonly Limit[], endpoint: Endpoint, models: readonly ModelNames[]): boolean {
  return limits.some(
    ({ metric, scope }) =>
      (metric === 'usd' || metric === 'tokens') && models.some((names) => inScope(scope, { endpoint, ...names })),
  );
}

/** Bounds each attempt of a plan. One that can't be bounded is left out; where none can, the first says why. */
export function boundAttempts<Attempt extends Bindable>(
  call: AnyCall,
  plan: readonly Attempt[],
  options: BoundOptions,
): Bounding<Attempt> {
  const duplicate = options.isLimited ? findDuplicate(call) : undefined;
  if (duplicate !== undefined) return { kind: 'refused', error: duplicate };
  const encoder = new CallEncoder(call);
  const attempts: BoundAttempt<Attempt>[] = [];
  let error: GatewayError | undefined;
  for (const attempt of plan) {
    const encoded = encoder.encode(attempt);
    if (encoded instanceof GatewayError) {
      error ??= encoded;
      continue;
    }
    const { call: sent, edits, dropped, prompt } = encoded;
    const bound = boundOf(sent, prompt, attempt, options);
    if (bound instanceof GatewayError) {
      error ??= bound.withHeaders(droppedHeaders(dropped));
      continue;
    }
    const inputTokensAbout = tokensAbout(prompt, bound.fixedTokens);
    const unreported = unreportedBy(sent, prompt, attempt);
    attempts.push({ attempt, call: sent, edits, dropped, bound, inputTokensAbout, unreported });
  }
  const [first, ...rest] = attempts;
  if (first === undefined) {
    assert(error !== undefined, 'a plan without attempts was to be bounded');
    return { kind: 'refused', error };
  }
  const setsCap = options.isLimited || options.maxTokens !== undefined;
  return { kind: 'bounded', attempts: [first, ...rest], bounded: options.isLimited, setsCap };
}

/**
 * What to reserve before the first of these attempts: enough for each that comes before the model changes. The first
 * attempt of another model needs a reservation of its own, because limits may be on some models only.
 */
export function dearestBound(attempts: readonly [BoundAttempt<unknown>, ...BoundAttempt<unknown>[]]): Bound {
  const [{ bound: first }] = attempts;
  const end = attempts.findIndex(({ bound }) => bound.model !== first.model);
  return attempts.slice(1, end < 0 ? undefined : end).reduce((dearest, { bound }): Bound => {
    const capLeast = Math.max(dearest.capLeast, bound.capLeast);
    return {
      ...modelNames(first),
      fixedTokens: Math.max(dearest.fixedTokens, bound.fixedTokens),
      fixedNanoUsd: Math.max(dearest.fixedNanoUsd, bound.fixedNanoUsd),
      tokensPerCapToken: Math.max(dearest.tokensPerCapToken, bound.tokensPerCapToken),
      picoUsdPerCapToken: Math.max(dearest.picoUsdPerCapToken, bound.picoUsdPerCapToken),
      capWanted: Math.max(capLeast, Math.min(dearest.capWanted, bound.capWanted)),
      capLeast,
    };
  }, first);
}

function boundOf(call: AnyCall, prompt: Prompt, attempt: Bindable, options: BoundOptions): Bound | GatewayError {
  const { candidate } = attempt;
  const prices = candidate.price === undefined ? [] : pricesOfCall(candidate.price, options);
  if (options.isLimited) {
    const unbounded = findUnbounded(call, prompt, attempt, prices);
    if (unbounded !== undefined) return unbounded;
  }
  const choices = choicesOf(call);
  const fixedTokens = inputTokensMax(call, prompt, attempt, options.counted);
  const rates =
    prices.length === 0
      ? { input: picoUsd(0), output: picoUsd(0), request: 0, image: 0 }
      : dearestRatesOf(prices, {
          inputTokensMax: fixedTokens,
          serviceTier: tierSent(call, candidate),
          longCacheWrites: mayWriteLongCache(call),
          audioInput: mayPutInAudio(prompt),
          audioOutput: asksForSound(call),
        });
  const images = prompt.media.get('image')?.count ?? 0;
  const picoUsdPerCapToken = choices * rates.output;
  // Of numbers that come out, nothing is counted, and nothing caps them.
  const isCapped = capNamesOf(call.wire).length > 0;
  const size = { picoUsdPerCapToken, inputTokensAbout: tokensAbout(prompt, fixedTokens) };
  const cap = isCapped ? capOf(call, attempt, size, options) : exactly(1);
  if (cap instanceof GatewayError) return cap;
  return {
    ...namesOf(candidate),
    fixedTokens,
    fixedNanoUsd: tokensNanoUsd(fixedTokens, rates.input) + rates.request + images * rates.image,
    tokensPerCapToken: choices,
    picoUsdPerCapToken,
    ...cap,
  };
}

function tokensAbout(prompt: Prompt, tokensMost: number): number {
  return Math.min(tokensMost, estimatedTokens(prompt));
}

/** A file or a video may have sound in it. */
function mayPutInAudio({ media }: Prompt): boolean {
  return media.size > (media.has('image') ? 1 : 0);
}

/** Only Anthropic's own protocol says for certain how long something is to be kept. */
function mayWriteLongCache(call: AnyCall): boolean {
  return call.wire !== 'messages' || asksForLongCache(call);
}

/** How many answers are asked for; none where only numbers come out. */
function choicesOf(call: AnyCall): number {
  if (capNamesOf(call.wire).length === 0) return 0;
  const choices = call.wire === 'chat' ? call.request.n : undefined;
  return typeof choices === 'number' && isCount(choices, choicesMax) ? choices : 1;
}

function unreportedBy(call: AnyCall, { media }: Prompt, { candidate }: Bindable): BoundAttempt<unknown>['unreported'] {
  const tier = tierSent(call, candidate);
  const webSearches = searchesAsked(call);
  // Which tier `auto` came to, only the provider can say.
  return {
    images: media.get('image')?.count ?? 0,
    ...(webSearches === 0 ? {} : { webSearches }),
    ...(tier === undefined || tier === 'auto' ? {} : { serviceTier: tier, askedServiceTier: tier }),
  };
}

/** What servers put around a prompt that is nowhere in the request: a system message of their own, a date. */
const preambleTokens = 96;
/** How a model is told to use tools: for some models a page. */
const toolsPreambleTokens = 1024;

/**
 * A byte-level tokenizer makes at most one token of a byte, and JSON is never shorter than what it encodes. What a
 * message or a tool is wrapped in for the model is shorter than the names, quotes and braces around it here.
 */
function inputTokensMax(call: AnyCall, prompt: Prompt, attempt: Bindable, counted: Counted | undefined): number {
  const { textBytes, usesTools, media } = prompt;
  const { candidate, provider } = attempt;
  const { imageTokens, tokenizer } = candidate.model ?? {};
  // Of a batch of embeddings each input has the whole context for itself.
  const contextTokens = call.wire === 'embeddings' ? Infinity : (candidate.model?.contextTokens ?? Infinity);
  const told = counted?.told.get(targetName(attempt));
  if (told !== undefined) return Math.min(contextTokens, told + Math.ceil(told / toldMarginPart) + preambleTokens);
  const images = media.get('image');
  const isCountable = media.size === 0 || (media.size === 1 && images !== undefined && imageTokens !== undefined);
  // Nothing that is put in is larger than the context. Of what can't be counted, nothing else is known.
  if (!isCountable && contextTokens !== Infinity) return contextTokens;
  const ranks = tokenizer === 'o200k' ? counted?.ranks : undefined;
  const textTokens = ranks === undefined ? textBytes : countTextTokens(call, prompt, ranks, countedCharsMax);
  const mediaTokens = images === undefined ? 0 : images.count * (imageTokens ?? 0) - images.sourceBytes;
  const preamble = provider.kind === 'echo' ? 0 : preambleTokens + (usesTools ? toolsPreambleTokens : 0);
  return Math.min(contextTokens, (textTokens ?? textBytes) + mediaTokens + preamble);
}

/** Providers call their own count an estimate, and say that what they bill can differ a little. */
const toldMarginPart = 32;
