import type { AttemptEnd } from '../../core/breaker/outcome.ts';
import type { ReportedUsage } from '../../protocols/reported-usage.ts';
import type { CallEnd } from '../../core/account/record.ts';
import type { AttemptAnswered } from './attempt.ts';
import type { ProtocolName } from '../../protocols/protocol-call.ts';
import {
  type Charge,
  type UnreportedEnd,
  type Received,
  type Terms,
  chargeUnreported,
  nothingReceived,
  wholeHold,
} from './unreported-charge.ts';
import { OutputCount } from '../../protocols/output-count.ts';
import { protocols } from '../../protocols/protocols.ts';

/** How a call ended that a provider answered, and what it is to be charged. */
export interface CallOutcome {
  readonly end: CallEnd;
  /** Whether the amounts are an upper bound, because the provider did not report them. */
  readonly estimated: boolean;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** What the provider reported, where that is what is charged. */
  readonly reported?: ReportedUsage;
  /** What it says about the provider's health. */
  readonly health: AttemptEnd;
}

export interface CallTerms extends Terms {
  /** The most words that one token of the model has: see `wordsPerTokenMax`, and `wordsPerTokenAssumed`. */
  readonly wordsPerToken: number;
  /** Whether the model may generate what it does not send, as hidden reasoning. */
  readonly hidesOutput: boolean;
}

export function reportedOutcome(end: CallEnd, usage: ReportedUsage, terms: Terms, health: AttemptEnd): CallOutcome {
  const { inputTokens, cachedInputTokens, outputTokens, reasoningTokens } = usage;
  return {
    end,
    estimated: false,
    tokens: inputTokens + outputTokens,
    nanoUsd: terms.price(usage),
    inputTokens,
    cachedInputTokens,
    outputTokens,
    reasoningTokens,
    reported: usage,
    health,
  };
}

export function estimatedOutcome(
  end: CallEnd,
  how: UnreportedEnd,
  terms: Terms,
  received: Received,
  health: AttemptEnd,
): CallOutcome {
  const made = chargeUnreported(how, terms, received);
  const charge = how === 'refused' ? made : withSearches(made, terms, received);
  // That a refusal costs nothing is no estimate.
  return { end, estimated: how !== 'refused', ...charge, cachedInputTokens: 0, reasoningTokens: 0, health };
}

/** Searches that were seen are charged on top, of a call without a bound: a bound has all that are let through. */
function withSearches(charge: Charge, terms: Terms, { usage, webSearches = 0 }: Received): Charge {
  const more = webSearches - (usage?.webSearches ?? 0);
  if (more <= 0 || terms.bounded) return charge;
  const nothing = { inputTokens: 0, outputTokens: 0 };
  const fees = terms.price({ ...nothing, webSearches: more }) - terms.price({ ...nothing, webSearches: 0 });
  return { ...charge, nanoUsd: charge.nanoUsd + fees };
}

/** Where nothing can be said of what a call has used, not even by an error in the saying. */
export function heldOutcome(terms: Terms): CallOutcome {
  const health: AttemptEnd = { kind: 'client-left' };
  return {
    end: 'provider_failed',
    estimated: true,
    ...wholeHold(terms),
    cachedInputTokens: 0,
    reasoningTokens: 0,
    health,
  };
}

/** Of an attempt that was answered at once, not as a stream. */
export function answerOutcome(
  { answer, status, hasClientLeft }: AttemptAnswered,
  protocol: ProtocolName,
  terms: CallTerms,
): CallOutcome {
  const end = hasClientLeft ? 'client_left' : 'completed';
  const health: AttemptEnd = { kind: 'answered', status };
  const count = new OutputCount(terms.wordsPerToken);
  protocols[protocol].count(count, answer);
  const usage = protocols[protocol].usageIn(answer);
  if (usage !== undefined && count.report(usage.outputTokens)) return reportedOutcome(end, usage, terms, health);
  const received = {
    ...nothingReceived,
    outputTokensMost: count.most,
    webSearches: protocols[protocol].searchesIn(answer),
  };
  return estimatedOutcome(end, terms.hidesOutput ? 'unknown' : 'unreported', terms, received, health);
}
