import type { AdmitCommand, Answer } from './command.ts';
import { inScope } from './limit.ts';
import type { Refusal } from './refusal.ts';
import type { EpochMs } from './units.ts';

/** An admission that only holds stand in the way of, kept until it fits or its time is over. */
export interface Waiter {
  readonly command: AdmitCommand;
  readonly untilMs: EpochMs;
  refusal: Refusal;
}

/**
 * First come, first served: whoever waits for a limit is tried before anyone who came later and is counted by that same
 * limit, even if the later one is smaller and would fit. Those whom the limit does not count pass by.
 */
export function mustWait(waiting: readonly Waiter[], command: AdmitCommand): boolean {
  return waiting.some((waiter) => stands(waiter.refusal, command));
}

export type Turn =
  | { readonly waiter: Waiter; readonly outcome: 'answered'; readonly answer: Answer }
  | { readonly waiter: Waiter; readonly outcome: 'still-waiting' };

/**
 * Gives each waiter its turn, in order. `attempt` decides and applies one admission, and says what came of it. A waiter
 * is answered when it was granted, when more than holds has come to stand in its way, or when its time is over.
 */
export function takeTurns(
  waiting: readonly Waiter[],
  at: EpochMs,
  attempt: (command: AdmitCommand) => Answer,
): Turn[] {
  const stillWaiting: Waiter[] = [];
  return waiting.map((waiter): Turn => {
    if (!mustWait(stillWaiting, waiter.command)) {
      const answer = attempt(waiter.command);
      if (answer.kind !== 'refused') return { waiter, outcome: 'answered', answer };
      waiter.refusal = answer.refusal;
      if (answer.refusal.comeBack.kind !== 'holds') return { waiter, outcome: 'answered', answer };
    }
    if (at >= waiter.untilMs) {
      return { waiter, outcome: 'answered', answer: { kind: 'refused', refusal: waiter.refusal } };
    }
    stillWaiting.push(waiter);
    return { waiter, outcome: 'still-waiting' };
  });
}

function stands(refusal: Refusal, command: AdmitCommand): boolean {
  const { metric, scope } = refusal.limit;
  if (metric === 'streams' && !command.stream) return false;
  return inScope(scope, { endpoint: command.endpoint, model: command.bound.model });
}
