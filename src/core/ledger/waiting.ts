import type { AskedCall } from './command.ts';
import { inScope, modelNames } from './limit.ts';
import type { Refusal } from './refusal.ts';

/** An admission that only holds stand in the way of, kept until it fits or its time is over. */
export interface Waiter {
  readonly call: AskedCall;
  readonly untilMs: number;
  /** What stands in its way, as of its last turn. */
  refusal: Refusal;
}

/**
 * First come, first served: whoever waits for a limit is tried before anyone who came later and is counted by that same
 * limit, even if the later one is smaller and would fit. Those whom the limit does not count pass by.
 */
export function blockerOf(waiting: readonly Waiter[], call: AskedCall): Refusal | undefined {
  return waiting.find((waiter) => stands(waiter.refusal, call))?.refusal;
}

/**
 * Gives each waiter its turn, in order, and answers who still waits. `attempt` decides and applies one admission, and
 * answers what refused it. `leave` is told of each that waits no longer: because it was not refused, because more than
 * holds has come to stand in its way, or because its time is over. Each was tried before it left, so that what it is
 * told is true of itself, at this moment: one whose time is over no longer waits behind anybody.
 */
export function takeTurns<W extends Waiter>(
  waiting: readonly W[],
  nowMs: number,
  attempt: (waiter: W) => Refusal | undefined,
  leave: (waiter: W) => void,
): W[] {
  const still: W[] = [];
  for (const waiter of waiting) {
    const mayWait = nowMs < waiter.untilMs;
    const blocker = mayWait ? blockerOf(still, waiter.call) : undefined;
    const refusal = blocker ?? attempt(waiter);
    if (refusal !== undefined && refusal.comeBack.kind === 'holds' && mayWait) {
      waiter.refusal = refusal;
      still.push(waiter);
    } else {
      leave(waiter);
    }
  }
  return still;
}

function stands(refusal: Refusal, call: AskedCall): boolean {
  const { metric, scope } = refusal.limit;
  if (metric === 'streams' && !call.stream) return false;
  return inScope(scope, { endpoint: call.endpoint, ...modelNames(call.bound) });
}
