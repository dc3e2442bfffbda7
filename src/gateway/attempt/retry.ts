import { servedModel } from '../../catalog/resolve.ts';
import type { PlannedAttempt } from '../../core/routing/plan.ts';
import { attemptsMax, backoffBaseMs, backoffMaxMs, retryAfterMsMax } from '../../limits.ts';

/** Whether an attempt that failed before its first byte reached the client is worth another, and where. Pure. */

/** What a repeat of an attempt could do better. */
export type Remedy =
  /** The same target may well answer the next time. */
  | 'again'
  /** Only another target can. */
  | 'elsewhere'
  /** Only another model can: it may have room for what this one has not. */
  | 'other-model'
  /** The request itself is at fault, or the client has left. */
  | 'none';

export interface Setback {
  readonly remedy: Remedy;
  /** When the provider says to come back. */
  readonly retryAfterMs: number | undefined;
  /** Attempts made so far for the whole call, and for this target at any of its endpoints: at least 1 each. */
  readonly attempts: number;
  readonly attemptsOnTarget: number;
  /** What the plan has next, as `nextOf` tells it. */
  readonly next: Next;
  /** How many targets of the plan have yet to be asked. */
  readonly targetsLeft: number;
  /** Whether the retry budget of the provider has room for a repeat. */
  readonly mayRepeat: boolean;
  /** How long the call may still take; infinite where nobody said. */
  readonly remainingMs: number;
  /** From 0 up to, but not including, 1. */
  readonly random: number;
}

/** Another endpoint of the same target, something else, or nothing: what else there is, the client may not allow. */
export type Next = 'endpoint' | 'target' | 'none';

export function nextOf(attempt: PlannedAttempt, next: PlannedAttempt | undefined): Next {
  if (next === undefined) return 'none';
  const isSame =
    next.provider.name === attempt.provider.name && next.candidate.target.model === attempt.candidate.target.model;
  return isSame ? 'endpoint' : 'target';
}

/** How many targets are in what is left of a plan, beside the one that was just asked. */
export function targetsIn(rest: readonly PlannedAttempt[], asked: PlannedAttempt): number {
  return rest.filter((attempt, index) => nextOf(rest[index - 1] ?? asked, attempt) === 'target').length;
}

/** How many attempts of what is left of a plan are at the model that was just asked. */
export function attemptsAtSameModel(rest: readonly PlannedAttempt[], asked: PlannedAttempt): number {
  const model = servedModel(asked.candidate);
  const other = rest.findIndex(({ candidate }) => servedModel(candidate) !== model);
  return other < 0 ? rest.length : other;
}

export type NextStep =
  | { readonly kind: 'again'; readonly waitMs: number }
  | { readonly kind: 'next' }
  | { readonly kind: 'stop' };

/** A target that fails twice in a row is left for the next one, while there is one. */
const attemptsBeforeNext = 2;
/** Waiting is not worth it for longer than this while another target could answer at once. */
const waitMsBeforeNext = 1000;

export function nextStep(setback: Setback): NextStep {
  const { remedy, attempts, attemptsOnTarget, next, targetsLeft, mayRepeat, remainingMs } = setback;
  if (remedy === 'none' || attempts >= attemptsMax || remainingMs <= 0) return { kind: 'stop' };
  const hasNext = next !== 'none';
  const onward: NextStep = hasNext ? { kind: 'next' } : { kind: 'stop' };
  // Another endpoint may well be better off than the one that has just failed, and can be asked without a wait.
  if (remedy !== 'again' || next === 'endpoint' || !mayRepeat) return onward;
  if (hasNext && attemptsOnTarget >= attemptsBeforeNext) return onward;
  // What is left is for those that have not been asked, one of which may be well.
  if (hasNext && targetsLeft >= attemptsMax - attempts) return onward;
  const waitMs = waitBeforeRetry(setback);
  if (waitMs === undefined || waitMs >= remainingMs) return onward;
  if (hasNext && waitMs > waitMsBeforeNext) return onward;
  return { kind: 'again', waitMs };
}

/** As long as the provider asks for, if that is bearable; else anything up to a bound that doubles each time. */
function waitBeforeRetry({ retryAfterMs, attemptsOnTarget, random }: Setback): number | undefined {
  const jitterMs = Math.floor(random * Math.min(backoffMaxMs, backoffBaseMs * 2 ** (attemptsOnTarget - 1)));
  if (retryAfterMs === undefined) return jitterMs;
  if (retryAfterMs > retryAfterMsMax) return undefined;
  // Some jitter on top, or all who were sent away together come back together.
  return retryAfterMs + jitterMs;
}
