import { servedModel } from '../../catalog/resolve.ts';
import { attemptsMax, backoffBaseMs, backoffMaxMs, retryAfterMsMax } from '../../limits.ts';
import type { PlannedAttempt } from '../routing/plan.ts';

/** What follows a failed attempt, as long as the client has had no byte: another attempt, and where, or none. */

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
  readonly next: Next;
  /** How many targets of the plan have yet to be asked. */
  readonly targetsLeft: number;
  /** Whether the retry budget of the provider has room for a repeat. */
  readonly mayRepeat: boolean;
  /** How long the call may still take; infinite without a deadline. */
  readonly remainingMs: number;
  /** From 0 up to, but not including, 1. */
  readonly random: number;
}

/** What the plan has next: another endpoint of the same target, another target, or nothing. */
type Next = 'endpoint' | 'target' | 'none';

export function nextOf(attempt: PlannedAttempt, next: PlannedAttempt | undefined): Next {
  if (next === undefined) return 'none';
  const isSame =
    next.provider.name === attempt.provider.name && next.candidate.target.model === attempt.candidate.target.model;
  return isSame ? 'endpoint' : 'target';
}

/** How many targets the rest of a plan has, beside the one just asked. */
export function targetsIn(rest: readonly PlannedAttempt[], asked: PlannedAttempt): number {
  return rest.filter((attempt, index) => nextOf(rest[index - 1] ?? asked, attempt) === 'target').length;
}

/** How many attempts at the beginning of the rest of a plan are at the model just asked. */
export function attemptsAtSameModel(rest: readonly PlannedAttempt[], asked: PlannedAttempt): number {
  const model = servedModel(asked.candidate);
  const other = rest.findIndex(({ candidate }) => servedModel(candidate) !== model);
  return other < 0 ? rest.length : other;
}

type NextStep =
  | { readonly kind: 'again'; readonly waitMs: number }
  | { readonly kind: 'next' }
  | { readonly kind: 'stop' };

/** After so many failures in a row at one target, the next one is asked, while there is one. */
const attemptsBeforeNext = 2;
/** A longer wait is not worth it while another target could answer at once. */
const waitMsBeforeNext = 1000;

export function nextStep(setback: Setback): NextStep {
  const { remedy, attempts, attemptsOnTarget, next, targetsLeft, mayRepeat, remainingMs } = setback;
  if (remedy === 'none' || attempts >= attemptsMax || remainingMs <= 0) return { kind: 'stop' };
  const hasNext = next !== 'none';
  const onward: NextStep = hasNext ? { kind: 'next' } : { kind: 'stop' };
  // Another endpoint may do better than the one that failed, and can be asked without a wait.
  if (remedy !== 'again' || next === 'endpoint' || !mayRepeat) return onward;
  if (hasNext && attemptsOnTarget >= attemptsBeforeNext) return onward;
  // The attempts that are left are for targets that have not been asked: one of them may be well.
  if (hasNext && targetsLeft >= attemptsMax - attempts) return onward;
  const waitMs = waitBeforeRetry(setback);
  if (waitMs >= remainingMs || (hasNext && waitMs > waitMsBeforeNext)) return onward;
  return { kind: 'again', waitMs };
}

/** What the provider asks for, and anything up to a bound that doubles each time; never, if it asks for too much. */
function waitBeforeRetry({ retryAfterMs = 0, attemptsOnTarget, random }: Setback): number {
  if (retryAfterMs > retryAfterMsMax) return Infinity;
  // Some jitter on top: clients sent away together must not come back together.
  return retryAfterMs + Math.floor(random * Math.min(backoffMaxMs, backoffBaseMs * 2 ** (attemptsOnTarget - 1)));
}
