import type { GatewayError } from '../../http/errors.ts';
import type { PlannedAttempt } from '../../core/routing/plan.ts';
import type { KeptResponse } from '../../core/account/kept-response.ts';
import type { KeptAnswer } from '../../core/account/claim.ts';
import type { SettleRequest } from '../../core/account/protocol.ts';
import { serviceTierCharsMax } from '../../limits.ts';
import type { CallFacts } from '../../core/account/record.ts';
import type { AdmittedCall } from '../admit/admit.ts';
import type { ClientCall } from '../admit/client-call.ts';
import type { AnswerLabel } from '../../protocols/answer-label.ts';
import type { ReportedUsage } from '../../protocols/reported-usage.ts';
import type { CallOutcome } from '../attempt/call-outcome.ts';
import { type Owed, type Progress, type ServedCall, nothingOwed } from '../attempt/served-call.ts';
import type { Charge } from '../attempt/unreported-charge.ts';
import { steadyNowMs } from '../../steady-time.ts';

export type Settlement =
  | { readonly kind: 'settle'; readonly request: SettleRequest }
  /** Nothing was sent to anyone. */
  | { readonly kind: 'void' };

/** A settlement that is being delivered. */
export interface Settling {
  /** When it is on its way; undefined if it is by now. Whatever its client asks for after that is decided later. */
  readonly departed: Promise<void> | undefined;
  /** Whether the account keeps the response in it. Comes once the settlement is durable, or is given up. */
  readonly keeps: Promise<boolean>;
}

/** What is kept of a call: the answer for those who repeat it, and its response for those who build on it. */
export interface ToKeep {
  readonly answer: KeptAnswer | undefined;
  readonly response: KeptResponse | undefined;
  /** Where the answer says that the response is kept. */
  readonly storeAt: number | undefined;
}

export function settlementOf(
  outcome: CallOutcome,
  { id, model, finishReason }: AnswerLabel,
  { admitted, progress, attempt, result }: ServedCall,
  { answer, response, storeAt }: ToKeep,
): Settlement {
  const { route } = admitted.prepared.plan;
  return {
    kind: 'settle',
    request: {
      ...charged(progress, outcome),
      facts: {
        ...commonFacts(admitted.call, progress, attempt),
        ...(route === undefined ? {} : { route: route.name }),
        ...(route?.arm === undefined ? {} : { arm: route.arm }),
        status: result.status,
        end: outcome.end,
        estimated: outcome.estimated,
        ...used(outcome, outcome.reported),
        firstByteMs: result.firstByteMs,
        ...(id === undefined ? {} : { responseId: id }),
        ...(model === undefined ? {} : { responseModel: model }),
        ...(finishReason === undefined ? {} : { finishReason }),
        ...(result.providerRequestId === undefined ? {} : { providerRequestId: result.providerRequestId }),
      },
      ...(answer === undefined ? {} : { answer }),
      ...(response === undefined ? {} : { response }),
      ...(answer === undefined || storeAt === undefined ? {} : { answerStoreAt: storeAt }),
    },
  };
}

/** The settlement of a call that only asked for its size. */
export function settlementOfCount({ call, prepared }: AdmittedCall, progress: Progress): SettleRequest {
  return {
    ...charged(progress, nothingOwed),
    facts: {
      ...commonFacts(call, progress, prepared.attempts[0].attempt),
      status: 200,
      end: 'completed',
      estimated: false,
      ...used(nothingOwed, undefined),
    },
  };
}

function charged({ grant, holdAttempt }: Progress, { tokens, nanoUsd }: Charge): Omit<SettleRequest, 'facts'> {
  return { holdId: grant.holdId, attempt: holdAttempt, tokens, nanoUsd };
}

function used({ inputTokens, outputTokens, costParts }: Owed, reported: ReportedUsage | undefined) {
  const { cachedInputTokens = 0, reasoningTokens = 0, serviceTier, statedNanoUsd } = reported ?? {};
  const { cacheWrite5mTokens = 0, cacheWrite1hTokens = 0 } = reported ?? {};
  const cacheWriteTokens = cacheWrite5mTokens + cacheWrite1hTokens;
  return {
    inputTokens,
    cachedInputTokens,
    outputTokens,
    reasoningTokens,
    ...(cacheWriteTokens === 0 ? {} : { cacheWriteTokens }),
    ...(costParts === undefined ? {} : { costParts }),
    ...(serviceTier === undefined ? {} : { serviceTier: serviceTier.slice(0, serviceTierCharsMax) }),
    ...(statedNanoUsd === undefined ? {} : { statedNanoUsd }),
  } satisfies Partial<CallFacts>;
}

/** The settlement of a call that no provider answered: at what its last attempt may have cost, if there was one. */
export function settlementOfFailure(
  error: GatewayError,
  call: ClientCall,
  progress: Progress,
  answer: KeptAnswer | undefined,
): Settlement {
  const { attempt, failure, owed } = progress;
  if (attempt === undefined) return { kind: 'void' };
  return {
    kind: 'settle',
    request: {
      ...charged(progress, owed),
      facts: {
        ...commonFacts(call, progress, attempt),
        status: error.status,
        end: failure?.end ?? 'provider_failed',
        estimated: owed.reported === undefined && (owed.tokens > 0 || owed.nanoUsd > 0),
        ...used(owed, owed.reported),
      },
      ...(answer === undefined ? {} : { answer }),
    },
  };
}

function commonFacts(
  { options, asked, incoming: { startedAtMs, startedMs } }: ClientCall,
  progress: Progress,
  { candidate, provider }: PlannedAttempt,
) {
  const { endUser, session, metadata, traceparent } = options;
  return {
    requestedModel: asked.model ?? candidate.modelName,
    model: candidate.modelName,
    provider: provider.name,
    providerModel: candidate.target.model,
    attempts: progress.attempts,
    ...(progress.failed.length === 0 ? {} : { failed: progress.failed }),
    startedAtMs,
    durationMs: steadyNowMs() - startedMs,
    ...(endUser === undefined ? {} : { endUser }),
    ...(session === undefined ? {} : { session }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(traceparent === undefined ? {} : { traceparent }),
  } satisfies Partial<CallFacts>;
}
