import { costNanoUsd } from '../catalog/price.ts';
import type { RouterHealth } from '../health/router-health.ts';
import type { AttemptEnd } from '../health/outcome.ts';
import { verdictOf } from '../health/outcome.ts';
import { GatewayError } from '../http/errors.ts';
import { variable } from '../env.ts';
import { picoUsd } from '../ledger/units.ts';
import type { PlannedAttempt } from '../routing/plan.ts';
import type { Grant } from '../tenant/protocol.ts';
import type { AccountClient } from './account-client.ts';
import type { AdmittedCall } from './admit-call.ts';
import { type AttemptAnswered, type AttemptStreaming, attemptCall } from './attempt.ts';
import type { AttemptFailure } from './attempt-failure.ts';
import type { CallSignals } from './attempt-upstream.ts';
import { type BoundAttempt, dearestBound } from './bound.ts';
import { type Charge, type Received, chargeEarlyEnd, onDeparture } from './early-end.ts';
import type { Exchange } from './exchange.ts';
import { retryBudgets } from './isolate.ts';
import { refusalError } from './refusal-error.ts';
import { prepareBody } from './prepare.ts';
import type { CallInput } from './prepare-call.ts';
import { wordsPerTokenMax } from '../wire/output-count.ts';
import type { CallTerms } from './relay-outcome.ts';
import { nextOf, nextStep } from './retry.ts';
import type { AnyCall } from './wires.ts';

/** Where a call stands between its admission and its end. */
export interface Progress {
  /** Upstream requests made so far. */
  attempts: number;
  /** What the attempt under way may use. */
  grant: Grant;
  /** Which attempt the hold is for, in the ledger's count. */
  holdAttempt: number;
  heldModel: string;
  /** What earlier attempts were charged, and the ledger has posted. */
  spentNanoUsd: number;
  /** What the last attempt may have cost, and the ledger has yet to learn: all that it holds, until more is known. */
  owed: Charge;
  /** The last attempt that was made, and how it failed, if it did. */
  attempt: PlannedAttempt | undefined;
  failure: AttemptFailure | undefined;
}

const nothingOwed: Charge = { tokens: 0, nanoUsd: 0, inputTokens: 0, outputTokens: 0 };

export function beginProgress({ grant, prepared }: AdmittedCall): Progress {
  return {
    attempts: 0,
    grant,
    holdAttempt: 1,
    heldModel: prepared.attempts[0].bound.model,
    spentNanoUsd: 0,
    owed: nothingOwed,
    attempt: undefined,
    failure: undefined,
  };
}

/** An attempt that was answered, and the pass that it was let in with: its end is yet to be reported. */
export interface Served {
  readonly attempt: PlannedAttempt;
  readonly result: AttemptStreaming | AttemptAnswered;
  readonly terms: CallTerms;
  /** The request as the attempt made it. */
  readonly call: AnyCall;
  readonly report: (end: AttemptEnd, firstByteMs?: number) => void;
}

export interface AttemptContext {
  readonly input: CallInput;
  readonly admitted: AdmittedCall;
  readonly account: AccountClient;
  readonly health: RouterHealth;
  readonly signals: CallSignals;
  readonly request: Request;
  readonly exchange: Exchange;
}

/**
 * Calls the targets of the plan in their order until one answers. Retries and falls back only here, before the client
 * has had anything. Throws what the client is to be told if none answers; what is then owed is in `progress`.
 */
export async function runAttempts(context: AttemptContext, progress: Progress): Promise<Served> {
  const { attempts } = context.admitted.prepared;
  let refusedUntilMs: number | undefined;
  let index = 0;
  let onTarget = 0;
  /** The providers that were: what comes to one of them again counts against its retry budget. */
  const called = new Set<string>();
  for (;;) {
    // Nothing is begun for someone who is gone. What was begun before is another matter.
    if (context.signals.client.aborted)
      throw new GatewayError('client_left', 'The client left before it was answered.');
    const planned = attempts[index];
    if (planned === undefined) throw noneLeft(progress, refusedUntilMs);
    const { attempt } = planned;
    if (progress.attempt !== undefined && nextOf(progress.attempt, attempt) === 'target') onTarget = 0;
    const budget = retryBudgets.of(attempt.provider.name, Date.now());
    const isRepeat = called.has(attempt.provider.name);
    if (isRepeat && !budget.takeRetry(Date.now())) {
      index += 1;
      continue;
    }
    const pass = await context.health.enter(
      attempt.provider.name,
      attempt.endpointName,
      attempt.candidate.target.model,
    );
    if (pass.kind === 'refused') {
      refusedUntilMs = Math.min(refusedUntilMs ?? pass.retryAtMs, pass.retryAtMs);
      index += 1;
      continue;
    }
    const report = reporter(context.health, attempt, pass);
    const rest = attempts.slice(index + 1);
    const obstacle = await reserve(context, progress, [planned, ...rest]);
    if (obstacle !== undefined) {
      report({ kind: 'client-left' });
      throw obstacle;
    }
    if (!isRepeat) budget.noteCall(Date.now());
    called.add(attempt.provider.name);
    progress.attempts += 1;
    onTarget += 1;
    const outcome = await tryOnce(context, progress, planned, report);
    if (outcome.kind === 'served') return outcome.served;
    const { failure } = outcome;
    const step = nextStep({
      remedy: failure.remedy,
      retryAfterMs: failure.retryAfterMs,
      attempts: progress.attempts,
      attemptsOnTarget: onTarget,
      next: nextOf(attempt, rest[0]?.attempt),
      mayRepeat: budget.hasRoom(Date.now()),
      remainingMs: (context.signals.deadlineAtMs ?? Number.POSITIVE_INFINITY) - Date.now(),
      random: Math.random(),
    });
    if (step.kind === 'stop') throw failure.error;
    if (step.kind === 'next') {
      index += 1;
    } else if (!(await pause(step.waitMs, context.signals))) {
      throw failure.error;
    }
  }
}

/**
 * Sees to it that the hold covers the attempt to come, and answers what keeps it from that. A client whose last attempt
 * failed is told of that attempt: it may have been charged, and that there was no room for another is no news to it.
 */
async function reserve(
  { account }: AttemptContext,
  progress: Progress,
  attempts: readonly [BoundAttempt<PlannedAttempt>, ...BoundAttempt<PlannedAttempt>[]],
): Promise<GatewayError | undefined> {
  const { tokens, nanoUsd } = progress.owed;
  const isCovered = tokens === 0 && nanoUsd === 0 && attempts[0].bound.model === progress.heldModel;
  if (isCovered) return undefined;
  const reply = await account.extend({
    holdId: progress.grant.holdId,
    attempt: progress.holdAttempt + 1,
    spentTokens: tokens,
    spentNanoUsd: nanoUsd,
    bound: dearestBound(attempts),
  });
  if (reply instanceof GatewayError) return progress.failure?.error ?? reply;
  if (reply.kind === 'refused') return progress.failure?.error ?? refusalError(reply, Date.now());
  if (reply.kind === 'ended')
    return progress.failure?.error ?? new GatewayError('ledger_unavailable', 'The hold of this call has ended.');
  progress.grant = reply;
  progress.holdAttempt += 1;
  progress.heldModel = attempts[0].bound.model;
  progress.spentNanoUsd += nanoUsd;
  progress.owed = nothingOwed;
  return undefined;
}

type Tried =
  | { readonly kind: 'served'; readonly served: Served }
  | { readonly kind: 'failed'; readonly failure: AttemptFailure };

async function tryOnce(
  context: AttemptContext,
  progress: Progress,
  planned: BoundAttempt<PlannedAttempt>,
  report: Served['report'],
): Promise<Tried> {
  const { input, admitted, signals, request, exchange, health } = context;
  const { attempt } = planned;
  const { setsCap } = admitted.prepared;
  const body = prepareBody(planned.call, attempt, setsCap ? progress.grant.cap : undefined);
  const terms = termsOf(planned, admitted, progress.grant);
  const { stream } = input.call;
  progress.attempt = attempt;
  progress.failure = undefined;
  progress.owed = chargeEarlyEnd('unknown', terms, nothingReceived);
  const result = await attemptCall({
    provider: attempt.provider,
    target: attempt.candidate.target,
    endpoint: attempt.endpoint,
    wire: planned.call.wire,
    query: queryOf(request.url),
    clientHeaders: request.headers,
    body,
    stream,
    secret: (name) => variable(exchange.env, name),
    signals,
    departure: onDeparture({
      stream,
      cancels: attempt.candidate.target.cancels,
      hidesOutput: terms.hidesOutput,
      onAbort: admitted.view.policy.onAbort,
    }),
  });
  if (result.kind !== 'failed') {
    return { kind: 'served', served: { attempt, call: planned.call, result, terms, report } };
  }
  const { failure } = result;
  progress.failure = failure;
  progress.owed = failure.charge === 'none' ? nothingOwed : chargeEarlyEnd(failure.charge, terms, nothingReceived);
  report(failure.health);
  const { credential } = verdictOf(failure.health);
  // A provider that is called without an endpoint has no credential that could be to blame.
  if (credential !== undefined && attempt.endpoint !== undefined) {
    const untilMs = Date.now() + credential.outMs;
    health.coolDown(attempt.provider.name, attempt.credentialName, untilMs, credential.reason);
  }
  return { kind: 'failed', failure };
}

const nothingReceived: Received = { usage: undefined, outputTokensMost: 0, outputMs: 0, lagMs: 0 };

/** The query with its question mark, or nothing. What a request's URL is was parsed by the platform already. */
function queryOf(url: string): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start);
}

function termsOf(
  { attempt, bound, unreported }: BoundAttempt<PlannedAttempt>,
  { prepared }: AdmittedCall,
  grant: Grant,
): CallTerms {
  const { model, price } = attempt.candidate;
  return {
    bounded: prepared.bounded,
    holdTokens: grant.tokens,
    holdNanoUsd: grant.nanoUsd,
    fixedTokens: bound.fixedTokens,
    fixedNanoUsd: bound.fixedNanoUsd,
    outputPicoUsd: picoUsd(bound.picoUsdPerCapToken / Math.max(bound.tokensPerCapToken, 1)),
    outputTokensMax: prepared.setsCap ? grant.cap * bound.tokensPerCapToken : undefined,
    choices: bound.tokensPerCapToken,
    price: (usage) => (price === undefined ? 0 : costNanoUsd(price, { ...unreported, ...usage })),
    wordsPerToken: wordsPerTokenMax(model?.tokenizer),
    hidesOutput: model?.reasoning ?? true,
  };
}

function reporter(
  health: RouterHealth,
  { provider, endpointName, candidate }: PlannedAttempt,
  pass: { readonly startedMs: number; readonly claim?: string },
): Served['report'] {
  return (end, firstByteMs) => {
    health.report(provider.name, {
      endpoint: endpointName,
      model: candidate.target.model,
      startedMs: pass.startedMs,
      claim: pass.claim,
      outcome: verdictOf(end).outcome,
      latencyMs: Date.now() - pass.startedMs,
      firstByteMs,
    });
  };
}

function noneLeft({ failure }: Progress, refusedUntilMs: number | undefined): GatewayError {
  if (failure !== undefined) return failure.error;
  const retryAfterMs = Math.max(1, (refusedUntilMs ?? Date.now()) - Date.now());
  return new GatewayError(
    'provider_unavailable',
    'Every provider of this model is failing, and is left alone for a while.',
    {
      retryAfterMs,
      shouldRetry: retryAfterMs <= 60_000,
    },
  );
}

/** Waits, unless the call is over before. Answers whether it is not. */
async function pause(ms: number, { client, fence }: CallSignals): Promise<boolean> {
  try {
    await scheduler.wait(ms, { signal: AbortSignal.any([client, fence]) });
    return true;
  } catch {
    return false;
  }
}
