import { expiredKeepMax, openHoldsMax } from '../../limits.ts';
import { type Counter, ringSlot, ringValue, stillCounts } from './counter.ts';
import { inScope, isGauge } from './limit.ts';
import { isRemembered } from './names.ts';
import { type LedgerState, amountHeld } from './state.ts';
import { AssertionError, assert } from '../../assert.ts';
import { periodAt } from './window.ts';

/**
 * What is true of every ledger at every moment. Checked after loading from disk, by the tests, and by the simulator
 * after every step. Throws at the first that is broken.
 */
export function checkInvariants(state: LedgerState): void {
  assert(Number.isSafeInteger(state.at) && Number.isSafeInteger(state.ordinal), 'time and ordinal are integers');
  assert(state.open.size <= openHoldsMax, 'no more holds are open than an account may have');
  assert(state.expired.size <= expiredKeepMax, 'no more expired holds are kept than an account may have');
  assert(state.open.size === state.openNames.size, 'each open hold has one name');
  for (const hold of state.open.values()) {
    assert(state.openNames.get(hold.name) === hold.id, 'the name of an open hold leads to it');
    assert(!isRemembered(state.ended, hold.name, state.at), 'an open call has not ended');
    assert(!state.expired.has(hold.id), 'an open hold has not expired');
    assert(hold.at <= state.at, 'no hold is from the future');
  }
  for (const counter of state.counters.values()) checkCounter(state, counter);
  for (const { limit, counter } of state.limits) {
    assert(state.counters.get(counter.key) === counter, 'a limit reads a counter that is written');
    assert(limit.metric === counter.metric, 'a limit reads a counter of its metric');
  }
}

function checkCounter(state: LedgerState, counter: Counter): void {
  const expected = heldByPeriod(state, counter);
  let [postedSum, heldSum, slot] = [0, 0, 0];
  let [isPosted, isHeld] = [true, true];
  for (const posted of counter.posted) {
    postedSum += posted;
    isPosted &&= Number.isSafeInteger(posted) && posted >= 0;
  }
  for (const held of counter.held) {
    heldSum += held;
    isHeld &&= held === (expected?.[slot] ?? 0);
    slot += 1;
  }
  const check = (holds: boolean, invariant: string): void => checkOf(counter, holds, invariant);
  check(isHeld, 'holds the sum of its open holds');
  check(isPosted, 'posts whole amounts');
  check(postedSum === counter.postedSum, 'posts the sum of its periods');
  check(heldSum === counter.heldSum, 'holds the sum of its periods');
  check(!isGauge(counter.metric) || counter.postedSum === 0, 'posts nothing of what is in flight');
  check(counter.sinceOrdinal <= state.ordinal, 'began in the past');
  check(stillCounts(counter, state.at, state.at), 'counts the present');
}

/** What the open holds add up to in each slot of the ring. Undefined where none counts. */
function heldByPeriod(state: LedgerState, counter: Counter): readonly number[] | undefined {
  let held: number[] | undefined;
  for (const hold of state.open.values()) {
    if (!inScope(counter.scope, hold)) continue;
    const period = periodAt(counter.window, hold.at);
    if (period <= counter.headPeriod - counter.held.length) continue;
    held ??= counter.held.map(() => 0);
    held[ringSlot(held, period)] = ringValue(held, period) + amountHeld(counter.metric, hold);
  }
  return held;
}

/** As `assert`, but makes no text unless it fails: the simulator checks every counter after every step. */
function checkOf({ key }: Counter, holds: boolean, invariant: string): void {
  if (!holds) throw new AssertionError(`counter ${key} ${invariant}`);
}
