import { type PricedUsage, tokensNanoUsd } from '../../catalog/price.ts';
import { picoUsd } from '../../core/ledger/units.ts';

/**
 * What a call is charged whose provider did not say what it used: an upper bound of what it may bill, which is for what
 * it generated, not for what the client saw. Pure.
 */

/** What the attempt was allowed to use, and what that costs. */
export interface Terms {
  /** Whether the hold can't be exceeded by a provider that keeps to its cap. Else it is only what was expected. */
  readonly bounded: boolean;
  readonly holdTokens: number;
  readonly holdNanoUsd: number;
  /** The part of the hold that is for everything but output. */
  readonly fixedTokens: number;
  readonly fixedNanoUsd: number;
  /** The dearest that a token of output can be. */
  readonly outputPicoUsd: number;
  /** The most output that was allowed, all choices together; undefined where nothing caps it. */
  readonly outputTokensMax: number | undefined;
  /** Whether more is put in while it is answered, as searches do: what is said of the input before says too little. */
  readonly putsInMore: boolean;
  /** How many answers were asked for: `n`. */
  readonly choices: number;
  /** The most output that one answer can make in a second. */
  readonly outputTokensPerSecondMax: number;
  /** What a usage costs, exactly. */
  readonly price: (usage: PricedUsage) => number;
}

/** What was seen of an answer before it ended. */
export interface Received {
  /** The input, where the provider has said so much already. */
  readonly usage: PricedUsage | undefined;
  /** A count of its output that can't be too low. */
  readonly outputTokensMost: number;
  /** How long output had been coming. */
  readonly outputMs: number;
  /** How many searches of the web, which are charged each, were seen; none where it is left out. */
  readonly webSearches?: number | undefined;
  /** By how much what was read lagged behind what had been sent, because the client took it so slowly. */
  readonly lagMs: number;
  /** How long nothing had been sent: since output came last, or since the call was made. */
  readonly silentMs: number;
}

/** Of a call of which nothing is known but that it was made. */
export const nothingReceived: Received = {
  usage: undefined,
  outputTokensMost: 0,
  outputMs: 0,
  lagMs: 0,
  silentMs: 0,
};

export type UnreportedEnd =
  /** The provider refused the call, though it had said 200: nothing had been made. */
  | 'refused'
  /** The provider was told to stop, and stops: it may have been a second ahead of what was read. */
  | 'cancelled'
  /** The answer came whole, without a usage. */
  | 'unreported'
  /** Past its cap by a count of ours, and told to stop. Only what the provider says itself is charged beyond it. */
  | 'cut-off'
  /** Nobody can know. */
  | 'unknown';

export interface Charge {
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Output that comes in one burst says little about how fast it is made. */
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
      // Without a bound, what was seen can be more than what was held.
      const isMore = !terms.bounded && least.tokens > terms.holdTokens;
      return atLeastReported(isMore ? least : wholeHold(terms), terms, received);
    }
  }
}

/** What is done about the upstream call when the client leaves. */
export type OnClientLeft =
  /** It is cancelled at once. */
  | { readonly kind: 'cancel'; readonly charge: 'cancelled' | 'unknown' }
  /** It is read on for a while, for its true usage. */
  | { readonly kind: 'drain' };

interface ClientLeftTerms {
  readonly stream: boolean;
  /** Whether the target stops generating, and billing, when it is cancelled. */
  readonly cancels: boolean;
  /** Whether it may generate what it does not send, as hidden reasoning. */
  readonly hidesOutput: boolean;
  /** The policy of the account, where it has one. */
  readonly onAbort: 'drain' | 'hold' | undefined;
}

export function whenClientLeaves({ stream, cancels, hidesOutput, onAbort }: ClientLeftTerms): OnClientLeft {
  if (onAbort === 'hold') return { kind: 'cancel', charge: 'unknown' };
  if (stream && cancels && !hidesOutput && onAbort === undefined) return { kind: 'cancel', charge: 'cancelled' };
  return { kind: 'drain' };
}

/**
 * What was received, and the most that the provider can have made beyond that: in its silence at its fastest, and at
 * the rate at which it sent in the second until it stops, and as long as reading lagged behind.
 */
function withMore(terms: Terms, received: Received): Charge {
  const { outputTokensMost, outputMs, lagMs, silentMs } = received;
  const aheadMs = secondMs + lagMs;
  const atItsRate = Math.ceil((outputTokensMost * aheadMs) / Math.max(outputMs, outputMsLeast));
  const atItsFastest = fastest(terms, aheadMs);
  // What has come in less than a second says little about its rate.
  const ahead = outputMs < secondMs ? atItsFastest : Math.min(atItsRate, atItsFastest);
  const more = Math.min(ahead + fastest(terms, silentMs), moreMost(terms, outputTokensMost, atItsRate));
  return withinHold(estimate(terms, received, more), terms);
}

/**
 * How much may come beyond what was read, however long it takes: what is left of the cap; and without one what was
 * expected, or a second at the rate at which it came, so that time alone makes no charge above what was expected.
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
    // Of which sort all of it was, nobody said yet: thinking may be dearer, or cheaper.
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

/** What the provider itself says that it has used so far is charged, whatever was held. */
function atLeastReported(charge: Charge, terms: Terms, { usage }: Received): Charge {
  if (usage === undefined) return charge;
  const { inputTokens, outputTokens } = usage;
  return larger(charge, { tokens: inputTokens + outputTokens, nanoUsd: terms.price(usage), inputTokens, outputTokens });
}

/** The one of more tokens, at no less than the other costs. */
function larger(one: Charge, other: Charge): Charge {
  return { ...(other.tokens > one.tokens ? other : one), nanoUsd: Math.max(one.nanoUsd, other.nanoUsd) };
}

/** All that was reserved for the attempt. */
export function wholeHold({ holdTokens, holdNanoUsd, fixedTokens }: Terms): Charge {
  const inputTokens = Math.min(fixedTokens, holdTokens);
  return { tokens: holdTokens, nanoUsd: holdNanoUsd, inputTokens, outputTokens: holdTokens - inputTokens };
}
