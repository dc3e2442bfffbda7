import type { AskedCall } from './command.ts';
import { inScope, modelNames } from './limit.ts';
import type { Refusal } from './refusal.ts';

/** An admission that waits for holds to end, until it fits or its time is over. */
export interface Waiter {
  readonly call: AskedCall;
  readonly untilMs: number;
  /** What stood in its way at its last turn. */
  refusal: Refusal;
}

/**
 * First come, first served. Whoever waits for a limit goes before all later calls that this limit counts, even before a
 * smaller one that would fit. Calls that the limit does not count pass by.
 */
export function blockerOf(waiting: readonly Waiter[], call: AskedCall): Refusal | undefined {
  return waiting.find((waiter) => counts(waiter.refusal, call))?.refusal;
}

/**
 * Gives each waiter its turn, in order, and returns those who still wait. `attempt` decides and applies one admission,
 * and returns what refused it. `leave` hears of each that waits no longer: it was admitted, more than holds stands in
 * its way, or its time is over. Each is tried before it leaves, behind nobody: so what it is told is true at this
 * moment.
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

function counts(refusal: Refusal, call: AskedCall): boolean {
  const { metric, scope } = refusal.limit;
  if (metric === 'streams' && !call.stream) return false;
  return inScope(scope, { endpoint: call.endpoint, ...modelNames(call.bound) });
}
