import { costOfCall, priceAt } from '../../catalog/dated-prices.ts';
import { variable } from '../../env.ts';
import { type AttemptEnd, verdictOf } from '../../core/breaker/outcome.ts';
import type { RouterHealth } from '../health/router-health.ts';
import type { Bound } from '../../core/ledger/command.ts';
import { nanoUsdRoundedUp, picoUsd } from '../../core/ledger/units.ts';
import { outputTokensPerSecondDefault } from '../../limits.ts';
import type { CallAbout } from '../../providers/cloudflare-ai-gateway.ts';
import { aiBindingOf } from '../../providers/workers-ai.ts';
import type { PlannedAttempt } from '../../core/routing/plan.ts';
import type { Grant } from '../../core/account/protocol.ts';
import { wordsPerTokenAssumed, wordsPerTokenMax } from '../../protocols/words.ts';
import type { AccountClient } from '../request/account-client.ts';
import type { AdmittedCall } from '../admit/admit.ts';
import { asAsked } from '../bound/as-asked.ts';
import { type AttemptAnswered, type AttemptStreaming, attemptCall } from './attempt.ts';
import type { AttemptFailure } from './failure.ts';
import type { CallSignals } from '../request/call-signals.ts';
import type { BoundAttempt } from '../bound/bound.ts';
import { chargeEarlyEnd, nothingReceived, onDeparture } from './early-end.ts';
import type { Exchange } from '../request/exchange.ts';
import { healthClientOf } from '../health/health-client.ts';
import { isKept } from '../request/idempotency.ts';
import { answeredLately } from './answered-lately.ts';
import type { CallInput } from '../admit/plan-call.ts';
import { prepareBody } from './send-body.ts';
import { clientRequestOf } from '../request/client-request.ts';
import { type Owed, type Progress, nothingOwed } from './progress.ts';
import { type CallTerms, reportedOutcome } from './call-outcome.ts';
import type { AnyCall } from '../../protocols/protocols.ts';
import { steadyNowMs } from '../../steady-time.ts';

/** An attempt that was answered, and the pass that it was let in with: its end is yet to be reported. */
export interface Served {
  readonly attempt: PlannedAttempt;
  readonly result: AttemptStreaming | AttemptAnswered;
  readonly terms: CallTerms;
  /** The request as the attempt made it. */
  readonly call: AnyCall;
  /** About what that puts in. */
  readonly inputTokensAbout: number;
  /** What of the client's request it left out. */
  readonly dropped: readonly string[];
  /** How often its provider was allowed to search, where the client has not said so itself. */
  readonly searchCap: number | undefined;
  readonly report: (end: AttemptEnd, firstByteMs?: number) => void;
}

export interface AttemptContext {
  readonly input: CallInput;
  readonly admitted: AdmittedCall;
  readonly account: AccountClient;
  readonly health: RouterHealth;
  readonly signals: CallSignals;
  readonly exchange: Exchange;
}

export type Tried =
  | { readonly kind: 'served'; readonly served: Served }
  | { readonly kind: 'failed'; readonly failure: AttemptFailure };

/** One attempt: what was sent, what came of it, and what is owed for it meanwhile. */
export async function tryTarget(
  context: AttemptContext,
  progress: Progress,
  planned: BoundAttempt<PlannedAttempt>,
  report: Served['report'],
): Promise<Tried> {
  const { input, admitted, signals, exchange, health } = context;
  const { attempt } = planned;
  const { setsCap } = admitted.prepared;
  const { policy } = admitted.view;
  const body = prepareBody(planned, attempt, setsCap ? progress.grant.cap : undefined);
  const terms = termsOf(planned, admitted, progress.grant, exchange);
  const { stream } = input.call;
  progress.attempt = attempt;
  progress.dropped = planned.dropped;
  progress.failure = undefined;
  progress.owed = chargeEarlyEnd('unknown', terms, nothingReceived);
  const calledAtMs = steadyNowMs();
  const result = await attemptCall({
    provider: attempt.provider,
    target: attempt.candidate.target,
    endpoint: attempt.endpoint,
    protocol: planned.call.protocol,
    clientRequest: clientRequestOf(input),
    body,
    stream,
    variable: (name) => variable(exchange.env, name),
    ai: aiBindingOf(Reflect.get(exchange.env, 'AI')),
    about: aboutCall(context, attempt),
    answeredLately,
    contextTokens: attempt.candidate.model?.contextTokens,
    wordsPerToken: terms.wordsPerToken,
    signals,
    departure: onDeparture({
      stream,
      cancels: attempt.candidate.target.cancels,
      hidesOutput: terms.hidesOutput,
      // Who has given a key is expected to come back for the answer.
      onAbort: policy.onAbort ?? (isKept(input.idempotency, policy) ? 'drain' : undefined),
    }),
  });
  if (result.kind !== 'failed') {
    const { call, inputTokensAbout, dropped, searches } = planned;
    const searchCap = searches?.isSet === true ? searches.uses : undefined;
    return { kind: 'served', served: { attempt, call, inputTokensAbout, dropped, searchCap, result, terms, report } };
  }
  const { failure } = result;
  progress.failure = failure;
  progress.owed = owedFor(failure, terms, steadyNowMs() - calledAtMs);
  report(failure.health);
  const { credential } = verdictOf(failure.health);
  if (credential !== undefined && attempt.provider.kind !== 'echo') {
    const client = healthClientOf(admitted.view);
    const use = { credential: attempt.credentialName, model: attempt.candidate.target.model, client };
    const { outMs, reason } = credential;
    health.refused(attempt.provider.name, use, { untilMs: steadyNowMs() + outMs, reason, sinceMs: calledAtMs });
  }
  return { kind: 'failed', failure };
}

function owedFor({ usage, charge, end, health }: AttemptFailure, terms: CallTerms, silentMs: number): Owed {
  if (usage !== undefined) return reportedOutcome(end, usage, terms, health);
  return charge === 'none' ? nothingOwed : chargeEarlyEnd(charge, terms, { ...nothingReceived, silentMs });
}

function termsOf(
  { attempt, call, bound, choices, searches, unreported }: BoundAttempt<PlannedAttempt>,
  { prepared }: AdmittedCall,
  grant: Grant,
  { startedAtMs }: Exchange,
): CallTerms {
  const { model, price } = attempt.candidate;
  return {
    bounded: prepared.bounded,
    ...shareOf(bound, grant),
    fixedTokens: bound.fixedTokens,
    fixedNanoUsd: bound.fixedNanoUsd,
    outputPicoUsd: picoUsd(bound.picoUsdPerCapToken / Math.max(bound.tokensPerCapToken, 1)),
    outputTokensMax: prepared.setsCap ? grant.cap * bound.tokensPerCapToken : undefined,
    choices,
    putsInMore: searches !== undefined,
    outputTokensPerSecondMax: model?.outputTokensPerSecondMax ?? outputTokensPerSecondDefault,
    price: (usage) => {
      if (price === undefined) return 0;
      const known = asAsked({ ...unreported, ...usage }, call);
      return costOfCall(price, { startedAtMs, endedAtMs: Date.now() }, known);
    },
    wordsPerToken: wordsPerTokenMax(model?.tokenizer) ?? wordsPerTokenAssumed,
    hidesOutput: model?.reasoning ?? true,
  };
}

/** What this attempt can use at most of a hold that is large enough for its dearer siblings too. */
function shareOf(bound: Bound, { cap, tokens, nanoUsd }: Grant): Pick<CallTerms, 'holdTokens' | 'holdNanoUsd'> {
  const ownTokens = bound.fixedTokens + cap * bound.tokensPerCapToken;
  const ownNanoUsd = bound.fixedNanoUsd + nanoUsdRoundedUp(cap * bound.picoUsdPerCapToken);
  return { holdTokens: Math.min(tokens, ownTokens), holdNanoUsd: Math.min(nanoUsd, ownNanoUsd) };
}

function aboutCall({ input, admitted, exchange }: AttemptContext, { candidate }: PlannedAttempt): CallAbout {
  const { userId, organizationId } = admitted.view;
  return {
    requestId: exchange.requestId,
    userId,
    organizationId,
    endUser: input.options.endUser,
    price: candidate.price === undefined ? undefined : priceAt(candidate.price, exchange.startedAtMs),
  };
}
