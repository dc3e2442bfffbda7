import type { PricedUsage } from '../../catalog/price.ts';
import type { AttemptEnd } from '../../core/breaker/outcome.ts';
import type { CostParts } from '../../core/money/cost-parts.ts';
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

/** How a call ended that a provider answered, and its charge. */
export interface CallOutcome extends Charge {
  readonly end: CallEnd;
  /** Whether the amounts are an upper bound, because the provider did not report them. */
  readonly estimated: boolean;
  readonly cachedInputTokens: number;
  readonly reasoningTokens: number;
  /** What the provider reported, if that is the charge. */
  readonly reported?: ReportedUsage;
  /** What that cost, by what for; undefined for a model without a price. */
  readonly costParts?: CostParts | undefined;
  /** What it shows about the provider's health. */
  readonly health: AttemptEnd;
}

export interface CallTerms extends Terms {
  /** What `price` says, by what for; undefined for a model without a price. */
  readonly costParts: (usage: PricedUsage) => CostParts | undefined;
  /** The most words that one token of the model has: see `wordsPerTokenMax`, and `wordsPerTokenAssumed`. */
  readonly wordsPerToken: number;
  /** Whether the model may generate what it does not send, as hidden reasoning. */
  readonly hidesOutput: boolean;
}

export function reportedOutcome(end: CallEnd, usage: ReportedUsage, terms: CallTerms, health: AttemptEnd): CallOutcome {
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
    costParts: terms.costParts(usage),
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
  // A refusal costs nothing: that is no estimate.
  return { end, estimated: how !== 'refused', ...charge, cachedInputTokens: 0, reasoningTokens: 0, health };
}

/**
 * If a call has no bound, the searches that were seen are charged on top. A bound already covers all the searches that
 * it allows.
 */
function withSearches(charge: Charge, terms: Terms, { usage, webSearches = 0 }: Received): Charge {
  const more = webSearches - (usage?.webSearches ?? 0);
  if (more <= 0 || terms.bounded) return charge;
  const nothing = { inputTokens: 0, outputTokens: 0 };
  const fees = terms.price({ ...nothing, webSearches: more }) - terms.price({ ...nothing, webSearches: 0 });
  return { ...charge, nanoUsd: charge.nanoUsd + fees };
}

/** For a call whose use nobody can tell, because even working it out failed. */
export function heldOutcome(terms: Terms): CallOutcome {
  const unsaid = { cachedInputTokens: 0, reasoningTokens: 0, health: { kind: 'client-left' } } as const;
  return { end: 'provider_failed', estimated: true, ...wholeHold(terms), ...unsaid };
}

/** For an answer that came whole, not as a stream. */
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
