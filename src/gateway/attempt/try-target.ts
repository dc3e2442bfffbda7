import { costOfCall, costPartsOfCall, priceAt } from '../../catalog/dated-prices.ts';
import type { PricedUsage } from '../../catalog/price.ts';
import { variable } from '../../env.ts';
import { verdictOf } from '../../core/breaker/outcome.ts';
import type { Bound } from '../../core/ledger/command.ts';
import { nanoUsdRoundedUp, picoUsd } from '../../core/money/usd.ts';
import { outputTokensPerSecondDefault } from '../../limits.ts';
import type { CallAbout } from '../../providers/cloudflare-ai-gateway.ts';
import { aiBindingOf } from '../../providers/workers-ai.ts';
import type { PlannedAttempt } from '../../core/routing/plan.ts';
import type { Grant } from '../../core/account/protocol.ts';
import type { FailedAttempt } from '../../core/account/record.ts';
import { wordsPerTokenAssumed, wordsPerTokenMax } from '../../protocols/words.ts';
import type { AdmittedCall } from '../admit/admit.ts';
import { asAsked } from '../bound/as-asked.ts';
import { type AttemptFailed, attemptCall } from './attempt.ts';
import { type Attempting, type Owed, type ServedCall, nothingOwed } from './served-call.ts';
import type { AttemptFailure } from './failure.ts';
import type { BoundAttempt } from '../bound/bound.ts';
import { chargeUnreported, nothingReceived, whenClientLeaves } from './unreported-charge.ts';
import { healthClientOf } from '../health/health-client.ts';
import { isKept } from '../request/idempotency.ts';
import { answeredLately } from './answered-lately.ts';
import { prepareBody } from '../bound/body-edits.ts';
import { clientRequestOf } from '../admit/client-call.ts';
import { type CallTerms, reportedOutcome } from './call-outcome.ts';
import { steadyNowMs } from '../../steady-time.ts';

/** One attempt: sends it, reports how it went, and notes in `progress` what is owed. */
export async function tryTarget(
  attempting: Attempting,
  planned: BoundAttempt<PlannedAttempt>,
  report: ServedCall['report'],
): Promise<ServedCall | AttemptFailed> {
  const { admitted, progress, signals } = attempting;
  const { call: clientCall, view, prepared } = admitted;
  const { asked, incoming, health } = clientCall;
  const { attempt } = planned;
  const { policy } = view;
  const body = prepareBody(planned, attempt, prepared.setsCap ? progress.grant.cap : undefined);
  const terms = termsOf(planned, admitted, progress.grant);
  const { stream } = asked;
  progress.attempt = attempt;
  progress.dropped = planned.dropped;
  progress.failure = undefined;
  progress.owed = chargeUnreported('unknown', terms, nothingReceived);
  const calledAtMs = steadyNowMs();
  const result = await attemptCall({
    provider: attempt.provider,
    target: attempt.candidate.target,
    endpoint: attempt.endpoint,
    protocol: planned.call.protocol,
    clientRequest: clientRequestOf(clientCall),
    body,
    stream,
    variable: (name) => variable(incoming.env, name),
    ai: aiBindingOf(Reflect.get(incoming.env, 'AI')),
    about: aboutCall(admitted, attempt),
    answeredLately,
    contextTokens: attempt.candidate.model?.contextTokens,
    wordsPerToken: terms.wordsPerToken,
    signals,
    onClientLeft: whenClientLeaves({
      stream,
      cancels: attempt.candidate.target.cancels,
      hidesOutput: terms.hidesOutput,
      // A client that sends an idempotency key may come back for the answer.
      onAbort: policy.onAbort ?? (isKept(clientCall.idempotency, policy) ? 'drain' : undefined),
    }),
  });
  if (result.kind !== 'failed') {
    const { call: sent, inputTokensAbout, dropped, searches } = planned;
    const searchCap = searches?.isSet === true ? searches.uses : undefined;
    return { admitted, progress, attempt, sent, inputTokensAbout, dropped, searchCap, terms, report, result };
  }
  const { failure } = result;
  progress.failure = failure;
  progress.owed = owedFor(failure, terms, steadyNowMs() - calledAtMs);
  progress.failed.push(failedAttempt(attempt, failure, progress.owed, steadyNowMs() - calledAtMs));
  report(failure.health);
  const { credential } = verdictOf(failure.health);
  if (credential !== undefined && attempt.provider.kind !== 'echo') {
    const client = healthClientOf(view);
    const use = { credential: attempt.credentialName, model: attempt.candidate.target.model, client };
    const { outMs, reason } = credential;
    health.rejected(attempt.provider.name, use, { untilMs: steadyNowMs() + outMs, reason, sinceMs: calledAtMs });
  }
  return result;
}

function failedAttempt(
  { provider, candidate, endpointName }: PlannedAttempt,
  { end, error, health }: AttemptFailure,
  { nanoUsd }: Owed,
  durationMs: number,
): FailedAttempt {
  return {
    provider: provider.name,
    model: candidate.target.model,
    endpoint: endpointName,
    end,
    code: error.code,
    ...(health.kind === 'answered' ? { status: health.status } : {}),
    costNanoUsd: nanoUsd,
    durationMs,
  };
}

function owedFor({ usage, charge, end, health }: AttemptFailure, terms: CallTerms, silentMs: number): Owed {
  if (usage !== undefined) return reportedOutcome(end, usage, terms, health);
  return charge === 'none' ? nothingOwed : chargeUnreported(charge, terms, { ...nothingReceived, silentMs });
}

function termsOf(
  { attempt, call, bound, choices, searches, unreported }: BoundAttempt<PlannedAttempt>,
  { prepared, call: { incoming } }: AdmittedCall,
  grant: Grant,
): CallTerms {
  const { model, price } = attempt.candidate;
  const span = () => ({ startedAtMs: incoming.startedAtMs, endedAtMs: Date.now() });
  const known = (usage: PricedUsage): PricedUsage => asAsked({ ...unreported, ...usage }, call);
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
    price: (usage) => (price === undefined ? 0 : costOfCall(price, span(), known(usage))),
    costParts: (usage) => (price === undefined ? undefined : costPartsOfCall(price, span(), known(usage))),
    wordsPerToken: wordsPerTokenMax(model?.tokenizer) ?? wordsPerTokenAssumed,
    hidesOutput: model?.reasoning ?? true,
  };
}

/** The most that this attempt can use of a hold that may cover dearer attempts too. */
function shareOf(bound: Bound, { cap, tokens, nanoUsd }: Grant): Pick<CallTerms, 'holdTokens' | 'holdNanoUsd'> {
  const ownTokens = bound.fixedTokens + cap * bound.tokensPerCapToken;
  const ownNanoUsd = bound.fixedNanoUsd + nanoUsdRoundedUp(cap * bound.picoUsdPerCapToken);
  return { holdTokens: Math.min(tokens, ownTokens), holdNanoUsd: Math.min(nanoUsd, ownNanoUsd) };
}

function aboutCall({ call: { incoming, options }, view }: AdmittedCall, { candidate }: PlannedAttempt): CallAbout {
  const { userId, organizationId } = view;
  return {
    requestId: incoming.requestId,
    userId,
    organizationId,
    endUser: options.endUser,
    price: candidate.price === undefined ? undefined : priceAt(candidate.price, incoming.startedAtMs),
  };
}
