import { asksForLongCache } from '../../protocols/messages/prompt.ts';
import { dearestRatesOf } from '../../catalog/dated-prices.ts';
import { type DearestRates, type Price, tokensNanoUsd } from '../../catalog/price.ts';
import { namesOf } from '../../catalog/resolve.ts';
import { GatewayError } from '../../http/errors.ts';
import type { Bound } from '../../core/ledger/command.ts';
import { nanoUsd, picoUsd } from '../../core/money/usd.ts';
import { choicesMax, countedCharsMax } from '../../limits.ts';
import type { Prompt } from '../../protocols/prompt.ts';
import type { Bindable, BoundOptions, Counted } from './bindable.ts';
import { targetName } from './encode-call.ts';
import { countTextTokens, estimatedTokens } from './count-text.ts';
import { type Cap, capMost, capOf, exactly, isCount } from './output-cap.ts';
import type { KeptTools } from './provider-tools.ts';
import { inputOfTurns } from './search-bound.ts';
import { asksForSound, findUnbounded, tierSent } from './unbounded.ts';
import { type AnyCall, protocols } from '../../protocols/protocols.ts';

/** The most that one attempt of a call can use. Pure. */

interface CallToBound {
  /** As it was encoded for its target. */
  readonly call: AnyCall;
  readonly prompt: Prompt;
  readonly attempt: Bindable;
  /** All prices that may be in force while it runs; none if nobody has said what it costs. */
  readonly prices: readonly Price[];
  /** The provider's own tools whose uses it can be held to, if there are any. */
  readonly kept: KeptTools | undefined;
}

export interface BoundOfCall {
  readonly bound: Bound;
  /** About how large the input is, for a client that is told so before anybody has counted it. */
  readonly inputTokensAbout: number;
  /** How many answers the call asks for; none for embeddings. */
  readonly choices: number;
  /** The same bound, with fewer uses of the provider's own tools. */
  readonly boundAt: (uses: number) => Bound | GatewayError;
}

export function boundOfCall(of: CallToBound, options: BoundOptions): BoundOfCall | GatewayError {
  const { call, prompt, attempt, prices, kept } = of;
  if (options.isLimited) {
    const unbounded = findUnbounded(call, prompt, attempt, prices, kept?.names);
    if (unbounded !== undefined) return unbounded;
  }
  const first = inputTokensMax(call, prompt, attempt, options.counted);
  const inputTokensAbout = Math.min(first, estimatedTokens(prompt));
  const boundAt = (uses: number): Bound | GatewayError => boundWith(of, options, { first, inputTokensAbout, uses });
  const bound = boundAt(kept?.uses ?? 0);
  return bound instanceof GatewayError ? bound : { bound, inputTokensAbout, choices: choicesOf(call), boundAt };
}

interface Size {
  /** The input of the request itself. */
  readonly first: number;
  readonly inputTokensAbout: number;
  readonly uses: number;
}

function boundWith(
  { call, prompt, attempt, prices, kept }: CallToBound,
  options: BoundOptions,
  { first, inputTokensAbout, uses }: Size,
): Bound | GatewayError {
  const { candidate } = attempt;
  const size = kept?.sizeAt(uses);
  const fixedTokens =
    size === undefined
      ? first
      : inputOfTurns(size, {
          first,
          contextTokens: candidate.model?.contextTokens ?? Infinity,
          tokensPerFind: candidate.model?.searchTokens,
          cap: capMost(call, attempt, inputTokensAbout, options),
        });
  const rates = prices.length === 0 ? nothing : ratesOf(call, prompt, attempt, { prices, inputTokensMax: fixedTokens });
  const tokensPerCapToken = choicesOf(call) * (size?.outputTurns ?? 1);
  const picoUsdPerCapToken = tokensPerCapToken * rates.output;
  // The numbers of an embedding are not counted, and nothing caps them.
  const isCapped = protocols[call.protocol].capNames.length > 0;
  const cap = isCapped ? capOf(call, attempt, { picoUsdPerCapToken, inputTokensAbout }, options) : exactly(1);
  if (cap instanceof GatewayError) return cap;
  const images = prompt.media.get('image')?.count ?? 0;
  const fees = rates.request + images * rates.image + (size?.searches ?? 0) * rates.webSearch;
  return {
    ...namesOf(candidate),
    fixedTokens,
    fixedNanoUsd: tokensNanoUsd(fixedTokens, rates.input) + fees,
    tokensPerCapToken,
    picoUsdPerCapToken,
    ...capBeside(kept, cap),
  };
}

/** For calls without a price. */
const nothing: DearestRates = {
  input: picoUsd(0),
  output: picoUsd(0),
  request: nanoUsd(0),
  image: nanoUsd(0),
  webSearch: nanoUsd(0),
};

function ratesOf(
  call: AnyCall,
  prompt: Prompt,
  { candidate }: Bindable,
  { prices, inputTokensMax: most }: { readonly prices: readonly Price[]; readonly inputTokensMax: number },
): DearestRates {
  return dearestRatesOf(prices, {
    inputTokensMax: most,
    serviceTier: tierSent(call, candidate),
    longCacheWrites: mayWriteLongCache(call),
    audioInput: mayPutInAudio(prompt),
    audioOutput: asksForSound(call),
  });
}

/** So many times as much must fit: other calls need room beside it. */
export const optionalTimesOver = 4;

/** Optional searches give way before the answer does, and don't take the room of other calls. */
function capBeside(kept: KeptTools | undefined, cap: Cap): Cap & Pick<Bound, 'timesOver'> {
  return kept?.usesLeast === 0 ? { ...exactly(cap.capWanted), timesOver: optionalTimesOver } : cap;
}

/** A file or a video may hold sound. */
function mayPutInAudio({ media }: Prompt): boolean {
  return media.size > (media.has('image') ? 1 : 0);
}

/** Only Anthropic's own protocol says for certain how long something is kept. */
function mayWriteLongCache(call: AnyCall): boolean {
  return call.protocol !== 'messages' || asksForLongCache(call);
}

/** How many answers the call asks for; none for embeddings. */
function choicesOf(call: AnyCall): number {
  if (protocols[call.protocol].capNames.length === 0) return 0;
  const choices = call.protocol === 'chat' ? call.request.n : undefined;
  return typeof choices === 'number' && isCount(choices, choicesMax) ? choices : 1;
}

/** What servers add to a prompt: a system message of their own, a date. */
const preambleTokens = 96;
/** The instructions for using tools: for some models a whole page. */
const toolsPreambleTokens = 1024;

/**
 * A byte-level tokenizer makes at most one token of a byte, and JSON is never shorter than what it encodes. What the
 * model sees around a message or a tool is shorter than the names, quotes and braces around it here.
 */
function inputTokensMax(call: AnyCall, prompt: Prompt, attempt: Bindable, counted: Counted | undefined): number {
  const { textBytes, usesTools, media } = prompt;
  const { candidate, provider } = attempt;
  const { imageTokens, tokenizer } = candidate.model ?? {};
  // In a batch of embeddings each input has the whole context for itself.
  const contextTokens = call.protocol === 'embeddings' ? Infinity : (candidate.model?.contextTokens ?? Infinity);
  const told = counted?.told.get(targetName(attempt));
  if (told !== undefined) return Math.min(contextTokens, told + Math.ceil(told / toldMarginPart) + preambleTokens);
  const images = media.get('image');
  const isCountable = media.size === 0 || (media.size === 1 && images !== undefined && imageTokens !== undefined);
  // No input is larger than the context. Nothing else is known about media that can't be counted.
  if (!isCountable && contextTokens !== Infinity) return contextTokens;
  const ranks = tokenizer === 'o200k' ? counted?.ranks : undefined;
  const textTokens = ranks === undefined ? textBytes : countTextTokens(call, prompt, ranks, countedCharsMax);
  const mediaTokens = images === undefined ? 0 : images.count * (imageTokens ?? 0) - images.sourceBytes;
  const preamble = provider.kind === 'echo' ? 0 : preambleTokens + (usesTools ? toolsPreambleTokens : 0);
  return Math.min(contextTokens, (textTokens ?? textBytes) + mediaTokens + preamble);
}

/** Providers call their own count an estimate, and say that the bill can differ a little. */
const toldMarginPart = 32;
