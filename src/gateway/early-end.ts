import { type PricedUsage, tokensNanoUsd } from '../catalog/price.ts';
import { picoUsd } from '../ledger/units.ts';

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
  /** How many answers were asked for: `n`. */
  readonly choices: number;
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
  /** By how much what was read lagged behind what had been sent, because the client took it so slowly. */
  readonly lagMs: number;
}

export type EarlyEnd =
  /** The provider refused the call, though it had said 200: nothing had been made. */
  | 'refused'
  /** The provider was told to stop, and stops: it may have been a second ahead of what was read. */
  | 'cancelled'
  /** The answer came whole, without a usage. */
  | 'unreported'
  /** Past its hold. Its charge can be above it, and is then a breach: the provider was told its cap. */
  | 'cut-off'
  /** Nobody can know. */
  | 'unknown';

export interface Charge {
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What a provider can have generated in its first second, of each answer that was asked for. */
const firstSecondTokens = 256;
/** Output that comes in one burst says little about how fast it is made. */
const outputMsLeast = 100;
const secondMs = 1000;

export function chargeEarlyEnd(how: EarlyEnd, terms: Terms, received: Received): Charge {
  switch (how) {
    case 'refused':
      return { tokens: 0, nanoUsd: 0, inputTokens: 0, outputTokens: 0 };
    case 'cancelled':
      return withinHold(estimate(terms, received, ahead(terms, received)), terms);
    case 'unreported':
      return withinHold(estimate(terms, received, 0), terms);
    case 'cut-off':
      return estimate(terms, received, ahead(terms, received));
    case 'unknown': {
      const least = estimate(terms, received, 0);
      // Without a bound, what was seen can be more than what was held.
      return !terms.bounded && least.tokens > terms.holdTokens ? least : wholeHold(terms);
    }
  }
}

/** What is done about the upstream call when the client leaves. */
export type Departure =
  /** It is cancelled at once. */
  | { readonly kind: 'cancel'; readonly charge: 'cancelled' | 'unknown' }
  /** It is read on for a while, for its true usage. */
  | { readonly kind: 'drain' };

export interface DepartureTerms {
  readonly stream: boolean;
  /** Whether the target stops generating, and billing, when it is cancelled. */
  readonly cancels: boolean;
  /** Whether it may generate what it does not send, as hidden reasoning. */
  readonly hidesOutput: boolean;
  /** The policy of the account, where it has one. */
  readonly onAbort: 'drain' | 'hold' | undefined;
}

export function onDeparture({ stream, cancels, hidesOutput, onAbort }: DepartureTerms): Departure {
  if (onAbort === 'hold') return { kind: 'cancel', charge: 'unknown' };
  if (stream && cancels && !hidesOutput && onAbort === undefined) return { kind: 'cancel', charge: 'cancelled' };
  return { kind: 'drain' };
}

/** What a provider can have generated that was not read yet: at the rate at which it came, that of one second more. */
function ahead({ choices }: Terms, { outputTokensMost, outputMs, lagMs }: Received): number {
  const aheadMs = secondMs + lagMs;
  const atItsRate = Math.ceil((outputTokensMost * aheadMs) / Math.max(outputMs, outputMsLeast));
  // What has come in less than a second says little about its rate.
  if (outputMs >= secondMs) return atItsRate;
  return Math.max(atItsRate, Math.ceil((firstSecondTokens * choices * aheadMs) / secondMs));
}

function estimate(terms: Terms, { usage, outputTokensMost }: Received, more: number): Charge {
  const outputTokens = outputTokensMost + more;
  if (usage !== undefined) {
    const { inputTokens } = usage;
    const nanoUsd = terms.price({ ...usage, outputTokens });
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

/** All that was reserved for the attempt. */
export function wholeHold({ holdTokens, holdNanoUsd, fixedTokens }: Terms): Charge {
  const inputTokens = Math.min(fixedTokens, holdTokens);
  return { tokens: holdTokens, nanoUsd: holdNanoUsd, inputTokens, outputTokens: holdTokens - inputTokens };
}
