import type { GatewayError } from '../../http/errors.ts';
import type { PlannedAttempt } from '../../core/routing/plan.ts';
import type { KeptResponse } from '../../core/account/kept-response.ts';
import type { KeptAnswer, SettleRequest } from '../../core/account/protocol.ts';
import { serviceTierCharsMax } from '../../limits.ts';
import type { CallFacts } from '../../core/account/record.ts';
import type { AdmittedCall } from '../admit/admit.ts';
import type { ClientCall } from '../admit/client-call.ts';
import type { ServedCall } from '../attempt/served-call.ts';
import type { ReportedUsage } from '../../protocols/reported-usage.ts';
import type { CallOutcome } from '../attempt/call-outcome.ts';
import type { Progress } from '../attempt/progress.ts';
import { steadyNowMs } from '../../steady-time.ts';

export type Settlement =
  | { readonly kind: 'settle'; readonly request: SettleRequest }
  /** Nothing was sent to anyone. */
  | { readonly kind: 'void' };

/** What is kept of a call: the answer for those who repeat it, and its response for those who build on it. */
export interface ToKeep {
  readonly answer: KeptAnswer | undefined;
  readonly response: KeptResponse | undefined;
  /** Where the answer says that the response is kept. */
  readonly storeAt: number | undefined;
}

export function settlementOf(
  outcome: CallOutcome,
  { admitted, progress, attempt, result }: ServedCall,
  { answer, response, storeAt }: ToKeep,
): Settlement {
  const { route } = admitted.prepared.plan;
  return {
    kind: 'settle',
    request: {
      holdId: progress.grant.holdId,
      attempt: progress.holdAttempt,
      tokens: outcome.tokens,
      nanoUsd: outcome.nanoUsd,
      facts: {
        ...commonFacts(admitted.call, progress, attempt),
        ...(route === undefined ? {} : { route: route.name }),
        ...(route?.arm === undefined ? {} : { arm: route.arm }),
        status: result.status,
        end: outcome.end,
        estimated: outcome.estimated,
        inputTokens: outcome.inputTokens,
        cachedInputTokens: outcome.cachedInputTokens,
        outputTokens: outcome.outputTokens,
        reasoningTokens: outcome.reasoningTokens,
        ...detailsOf(outcome.reported),
        firstByteMs: result.firstByteMs,
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
    holdId: progress.grant.holdId,
    attempt: progress.holdAttempt,
    tokens: 0,
    nanoUsd: 0,
    facts: {
      ...commonFacts(call, progress, prepared.attempts[0].attempt),
      status: 200,
      end: 'completed',
      estimated: false,
      inputTokens: 0,
      cachedInputTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
    },
  };
}

function detailsOf(reported: ReportedUsage | undefined): Partial<CallFacts> {
  const { cacheWrite5mTokens = 0, cacheWrite1hTokens = 0, serviceTier, statedNanoUsd } = reported ?? {};
  const cacheWriteTokens = cacheWrite5mTokens + cacheWrite1hTokens;
  return {
    ...(cacheWriteTokens === 0 ? {} : { cacheWriteTokens }),
    ...(serviceTier === undefined ? {} : { serviceTier: serviceTier.slice(0, serviceTierCharsMax) }),
    ...(statedNanoUsd === undefined ? {} : { statedNanoUsd }),
  };
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
      holdId: progress.grant.holdId,
      attempt: progress.holdAttempt,
      tokens: owed.tokens,
      nanoUsd: owed.nanoUsd,
      facts: {
        ...commonFacts(call, progress, attempt),
        status: error.status,
        end: failure?.end ?? 'provider_failed',
        estimated: owed.reported === undefined && (owed.tokens > 0 || owed.nanoUsd > 0),
        inputTokens: owed.inputTokens,
        cachedInputTokens: owed.reported?.cachedInputTokens ?? 0,
        outputTokens: owed.outputTokens,
        reasoningTokens: owed.reported?.reasoningTokens ?? 0,
        ...detailsOf(owed.reported),
      },
      ...(answer === undefined ? {} : { answer }),
    },
  };
}

function commonFacts(
  { options, asked, incoming: { startedAtMs, startedMs } }: ClientCall,
  progress: Progress,
  { candidate, provider }: PlannedAttempt,
): Pick<
  CallFacts,
  | 'requestedModel'
  | 'model'
  | 'provider'
  | 'providerModel'
  | 'attempts'
  | 'startedAtMs'
  | 'durationMs'
  | 'endUser'
  | 'session'
  | 'metadata'
> {
  const { endUser, session, metadata } = options;
  return {
    requestedModel: asked.model ?? candidate.modelName,
    model: candidate.modelName,
    provider: provider.name,
    providerModel: candidate.target.model,
    attempts: progress.attempts,
    startedAtMs,
    durationMs: steadyNowMs() - startedMs,
    ...(endUser === undefined ? {} : { endUser }),
    ...(session === undefined ? {} : { session }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}
