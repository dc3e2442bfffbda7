import { verdictOf } from '../../core/breaker/outcome.ts';
import { GatewayError } from '../../http/errors.ts';
import { modelNames } from '../../core/ledger/limit.ts';
import type { PlannedAttempt } from '../../core/routing/plan.ts';
import type { CallSignals } from '../request/call-signals.ts';
import { type BoundAttempt, type BoundAttempts, dearestBound } from '../bound/bound.ts';
import { CallFailures } from '../health/call-failures.ts';
import { healthClientOf } from '../health/health-client.ts';
import { retryBudgets } from '../health/isolate-health.ts';
import { refusalError } from '../admit/refusal-error.ts';
import { type Attempting, type Progress, type ServedCall, nothingOwed } from './served-call.ts';
import { attemptsAtSameModel, nextOf, nextStep, targetsIn } from '../../core/retry/next-step.ts';
import { clientLeft } from './failure.ts';
import { tryTarget } from './try-target.ts';
import type { AdmittedCall } from '../admit/admit.ts';
import { steadyNowMs } from '../../steady-time.ts';

/**
 * Calls the targets of the plan in order until one answers. Only here a call is retried or falls back, before the
 * client has had anything. If none answers, it throws what the client is told; `progress` then has what is owed.
 */
export async function runAttempts(attempting: Attempting): Promise<ServedCall> {
  const { admitted, progress, signals } = attempting;
  const { attempts } = admitted.prepared;
  const { health } = admitted.call;
  let refusedUntilMs: number | undefined;
  let index = 0;
  let onTarget = 0;
  /** The providers that were called. Another call to one of them counts against its retry budget. */
  const called = new Set<string>();
  const failures = new CallFailures();
  for (;;) {
    // Nothing begins for a client that has left. What began earlier is another matter.
    if (signals.client.aborted) throw clientLeft();
    const planned = attempts[index];
    if (planned === undefined) throw noneLeft(progress, refusedUntilMs);
    const { attempt } = planned;
    if (progress.attempt !== undefined && nextOf(progress.attempt, attempt) === 'target') onTarget = 0;
    const budget = retryBudgets.of(attempt.provider.name, steadyNowMs());
    const isRepeat = called.has(attempt.provider.name);
    if (isRepeat && !budget.takeRetry(steadyNowMs())) {
      index += 1;
      continue;
    }
    const pass = await health.enter(attempt.provider.name, attempt.endpointName, attempt.candidate.target.model);
    if (pass.kind === 'refused') {
      refusedUntilMs = Math.min(refusedUntilMs ?? pass.retryAtMs, pass.retryAtMs);
      index += 1;
      continue;
    }
    const report = reporter(admitted, attempt, pass, failures);
    const rest = attempts.slice(index + 1);
    const obstacle = await reserve(attempting, [planned, ...rest]);
    if (obstacle !== undefined) {
      report({ kind: 'client-left' });
      throw obstacle;
    }
    if (!isRepeat) budget.noteCall(steadyNowMs());
    called.add(attempt.provider.name);
    progress.attempts += 1;
    onTarget += 1;
    const tried = await tryTarget(attempting, planned, report);
    if (!('failure' in tried)) return tried;
    const { failure } = tried;
    const passedOver = failure.remedy === 'other-model' ? attemptsAtSameModel(attemptsIn(rest), attempt) : 0;
    const left = attemptsIn(rest.slice(passedOver));
    const step = nextStep({
      remedy: failure.remedy,
      retryAfterMs: failure.retryAfterMs,
      attempts: progress.attempts,
      attemptsOnTarget: onTarget,
      next: nextOf(attempt, left[0]),
      targetsLeft: targetsIn(left, attempt),
      mayRepeat: budget.hasRoom(steadyNowMs()),
      remainingMs: signals.deadlineMs - steadyNowMs(),
      random: Math.random(),
    });
    if (step.kind === 'stop') throw failure.error;
    if (step.kind === 'next') {
      index += 1 + passedOver;
    } else if (!(await pause(step.waitMs, signals))) {
      throw failure.error;
    }
  }
}

function attemptsIn(bound: readonly BoundAttempt<PlannedAttempt>[]): readonly PlannedAttempt[] {
  return bound.map(({ attempt }) => attempt);
}

/**
 * Makes the hold cover the next attempt, and returns what prevents that. If the client's last attempt failed, it is
 * told about that one: it may have been charged, and that there was no room for another is no news to the client.
 */
async function reserve(
  { admitted: { call, view }, progress }: Attempting,
  attempts: BoundAttempts<PlannedAttempt>,
): Promise<GatewayError | undefined> {
  const { tokens, nanoUsd } = progress.owed;
  const isCovered = tokens === 0 && nanoUsd === 0 && attempts[0].bound.model === progress.heldModel;
  if (isCovered) return undefined;
  const reply = await call.account.extend({
    holdId: progress.grant.holdId,
    attempt: progress.holdAttempt + 1,
    spentTokens: tokens,
    spentNanoUsd: nanoUsd,
    // The provider was asked what it was asked. Now it can do with no less.
    bound: { ...dearestBound(attempts), timesOver: 1 },
  });
  if (reply instanceof GatewayError) return progress.failure?.error ?? reply;
  if (reply.kind === 'refused') {
    const refused = { endpoint: call.asked.protocol, ...modelNames(attempts[0].bound) };
    return progress.failure?.error ?? refusalError(reply, refused, Date.now(), { disclose: view.policy.disclose });
  }
  if (reply.kind === 'ended')
    return progress.failure?.error ?? new GatewayError('ledger_unavailable', 'The hold of this call has ended.');
  progress.grant = reply;
  progress.holdAttempt += 1;
  progress.heldModel = attempts[0].bound.model;
  progress.spentNanoUsd += nanoUsd;
  progress.owed = nothingOwed;
  return undefined;
}

function reporter(
  { call: { health }, view }: AdmittedCall,
  attempt: PlannedAttempt,
  pass: { readonly startedMs: number; readonly claim?: string },
  failures: CallFailures,
): ServedCall['report'] {
  const { provider, endpointName, credentialName, candidate } = attempt;
  const client = healthClientOf(view);
  const failedBefore = failures.at(attempt);
  return (end, firstByteMs) => {
    const { outcome } = verdictOf(end);
    if (outcome === 'failure') failures.note(attempt);
    const isAccepted = end.kind === 'answered' && end.status >= 200 && end.status < 300;
    health.report(provider.name, {
      endpoint: endpointName,
      model: candidate.target.model,
      startedMs: pass.startedMs,
      claim: pass.claim,
      outcome,
      latencyMs: steadyNowMs() - pass.startedMs,
      firstByteMs,
      client,
      ...(candidate.model === undefined ? { isListed: false } : {}),
      ...(failedBefore.length === 0 ? {} : { failedBefore }),
      ...(isAccepted ? { accepted: credentialName } : {}),
    });
  };
}

function noneLeft({ failure }: Progress, refusedUntilMs: number | undefined): GatewayError {
  if (failure !== undefined) return failure.error;
  const retryAfterMs = Math.max(1, (refusedUntilMs ?? steadyNowMs()) - steadyNowMs());
  const message = 'Every provider of this model is failing, and is left alone for a while.';
  return new GatewayError('provider_unavailable', message, { retryAfterMs, shouldRetry: retryAfterMs <= 60_000 });
}

/** Waits. Returns false if the call ended meanwhile. */
async function pause(ms: number, { client, fence }: CallSignals): Promise<boolean> {
  if (client.aborted || fence.aborted) return false;
  const over = new AbortController();
  const end = (): void => over.abort();
  for (const signal of [client, fence]) signal.addEventListener('abort', end);
  try {
    await scheduler.wait(ms, { signal: over.signal });
    return true;
  } catch {
    return false;
  } finally {
    for (const signal of [client, fence]) signal.removeEventListener('abort', end);
  }
}
