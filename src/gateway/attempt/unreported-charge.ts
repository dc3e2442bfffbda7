import { type PricedUsage, tokensNanoUsd } from '../../catalog/price.ts';
import { picoUsd } from '../../core/money/usd.ts';

/**
 * The charge for a call whose provider did not say what it used: an upper bound of the bill. The bill is for what the
 * provider generated, not for what the client saw. Pure.
 */

/** What the attempt was allowed to use, and what that costs. */
export interface Terms {
  /** Whether a provider that keeps to its cap can't exceed the hold. If it can, the hold is only what was expected. */
  readonly bounded: boolean;
  readonly holdTokens: number;
  readonly holdNanoUsd: number;
  /** The part of the hold for everything but output. */
  readonly fixedTokens: number;
  readonly fixedNanoUsd: number;
  /** The highest price of a token of output. */
  readonly outputPicoUsd: number;
  /** The most output that was allowed, all choices together; undefined if nothing caps it. */
  readonly outputTokensMax: number | undefined;
  /** Whether the input grows during the answer, as with searches. Then an early count of the input says too little. */
  readonly putsInMore: boolean;
  /** How many answers were asked for: `n`. */
  readonly choices: number;
  /** The most tokens of output that one answer can make in a second. */
  readonly outputTokensPerSecondMax: number;
  /** The exact price of a usage. */
  readonly price: (usage: PricedUsage) => number;
}

/** What was seen of an answer before it ended. */
export interface Received {
  /** The usage so far, if the provider has said anything. */
  readonly usage: PricedUsage | undefined;
  /** A count of its output that can't be too low. */
  readonly outputTokensMost: number;
  /** How long output had been coming. */
  readonly outputMs: number;
  /** How many web searches were seen; each is charged. Left out, there were none. */
  readonly webSearches?: number | undefined;
  /** How far reading lagged behind what was sent, because the client was slow. */
  readonly lagMs: number;
  /** How long the provider had been silent: since output last came, or since the call was made. */
  readonly silentMs: number;
}

/** For a call about which nothing is known but that it was made. */
export const nothingReceived: Received = {
  usage: undefined,
  outputTokensMost: 0,
  outputMs: 0,
  lagMs: 0,
  silentMs: 0,
};

export type UnreportedEnd =
  /** The provider rejected the call, though it had said 200: nothing was generated. */
  | 'refused'
  /** The provider was told to stop, and stops. It may have been a second ahead of what was read. */
  | 'cancelled'
  /** The answer is complete, without a usage. */
  | 'unreported'
  /**
   * By our count it was past its cap, and was told to stop. Beyond the cap only what the provider states is charged.
   */
  | 'cut-off'
  /** Nobody can know. */
  | 'unknown';

export interface Charge {
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Output in one burst says little about how fast it is made. */
const outputMsLeast = 100;
const secondMs = 1000;

export function chargeUnreported(how: UnreportedEnd, terms: Terms, received: Received): Charge {
  switch (how) {
    case 'refused':
      return { tokens: 0, nanoUsd: 0, inputTokens: 0, outputTokens: 0 };
    case 'cancelled':
    case 'cut-off':
      return atLeastReported(withMore(terms, received), terms, received);
    case 'unreported':
      return atLeastReported(withinHold(estimate(terms, received, 0), terms), terms, received);
    case 'unknown': {
      const least = estimate(terms, received, 0);
      // Without a bound, more may have been seen than was held.
      const isMore = !terms.bounded && least.tokens > terms.holdTokens;
      return atLeastReported(isMore ? least : wholeHold(terms), terms, received);
    }
  }
}

/** What happens to the upstream call when the client leaves. */
export type OnClientLeft =
  /** It is cancelled at once. */
  | { readonly kind: 'cancel'; readonly charge: 'cancelled' | 'unknown' }
  /** It is read on for a while, to learn its true usage. */
  | { readonly kind: 'drain' };

interface ClientLeftTerms {
  readonly stream: boolean;
  /** Whether the target stops generating, and billing, when it is cancelled. */
  readonly cancels: boolean;
  /** Whether it may generate what it does not send, as hidden reasoning. */
  readonly hidesOutput: boolean;
  readonly onAbort: 'drain' | 'hold' | undefined;
}

export function whenClientLeaves({ stream, cancels, hidesOutput, onAbort }: ClientLeftTerms): OnClientLeft {
  if (onAbort === 'hold') return { kind: 'cancel', charge: 'unknown' };
  if (stream && cancels && !hidesOutput && onAbort === undefined) return { kind: 'cancel', charge: 'cancelled' };
  return { kind: 'drain' };
}

/**
 * What was received, plus the most that the provider can have made beyond it: at its fastest during its silence, and at
 * its own rate for the second until it stops and for the time that reading lagged behind.
 */
function withMore(terms: Terms, received: Received): Charge {
  const { outputTokensMost, outputMs, lagMs, silentMs } = received;
  const aheadMs = secondMs + lagMs;
  const atItsRate = Math.ceil((outputTokensMost * aheadMs) / Math.max(outputMs, outputMsLeast));
  const atItsFastest = fastest(terms, aheadMs);
  // Less than a second of output says little about its rate.
  const ahead = outputMs < secondMs ? atItsFastest : Math.min(atItsRate, atItsFastest);
  const more = Math.min(ahead + fastest(terms, silentMs), moreMost(terms, outputTokensMost, atItsRate));
  return withinHold(estimate(terms, received, more), terms);
}

/**
 * How much may come beyond what was read, however long it takes: the rest of the cap. Without a cap, it is the rest of
 * what was expected, or a second at its own rate, so that time alone makes no charge above what was expected.
 */
function moreMost(terms: Terms, outputTokensMost: number, atItsRate: number): number {
  const { outputTokensMax, holdTokens, fixedTokens } = terms;
  if (outputTokensMax !== undefined) return Math.max(0, outputTokensMax - outputTokensMost);
  return Math.max(atItsRate, holdTokens - fixedTokens - outputTokensMost);
}

function fastest({ choices, outputTokensPerSecondMax }: Terms, ms: number): number {
  return Math.ceil((outputTokensPerSecondMax * choices * ms) / secondMs);
}

function estimate(terms: Terms, { usage, outputTokensMost }: Received, more: number): Charge {
  const outputTokens = outputTokensMost + more;
  if (usage !== undefined && !terms.putsInMore) {
    const { inputTokens } = usage;
    // Nobody has said yet which sort of output it was: thinking may be dearer, or cheaper.
    const asSaid = terms.price({ ...usage, outputTokens });
    const nanoUsd = Math.max(asSaid, terms.price({ ...usage, outputTokens, reasoningTokens: outputTokens }));
    return { tokens: inputTokens + outputTokens, nanoUsd, inputTokens, outputTokens };
  }
  const nanoUsd = terms.fixedNanoUsd + tokensNanoUsd(outputTokens, picoUsd(terms.outputPicoUsd));
  return { tokens: terms.fixedTokens + outputTokens, nanoUsd, inputTokens: terms.fixedTokens, outputTokens };
}

function withinHold(charge: Charge, terms: Terms): Charge {
  if (!terms.bounded) return charge;
  const tokens = Math.min(charge.tokens, terms.holdTokens);
  const inputTokens = Math.min(charge.inputTokens, tokens);
  return {
    tokens,
    nanoUsd: Math.min(charge.nanoUsd, terms.holdNanoUsd),
    inputTokens,
    outputTokens: tokens - inputTokens,
  };
}

/** What the provider itself says that it used so far is charged, whatever was held. */
function atLeastReported(charge: Charge, terms: Terms, { usage }: Received): Charge {
  if (usage === undefined) return charge;
  const { inputTokens, outputTokens } = usage;
  const tokens = inputTokens + outputTokens;
  const nanoUsd = Math.max(charge.nanoUsd, terms.price(usage));
  return tokens > charge.tokens ? { tokens, nanoUsd, inputTokens, outputTokens } : { ...charge, nanoUsd };
}

export function wholeHold({ holdTokens, holdNanoUsd, fixedTokens }: Terms): Charge {
  const inputTokens = Math.min(fixedTokens, holdTokens);
  return { tokens: holdTokens, nanoUsd: holdNanoUsd, inputTokens, outputTokens: holdTokens - inputTokens };
}
