import { expiredKeepMax, openHoldsMax } from '../../limits.ts';
import { type Counter, ringSlot, ringValue, stillCounts } from './counter.ts';
import { inScope, isGauge } from './limit.ts';
import { isRemembered } from './names.ts';
import { type LedgerState, amountHeld } from './state.ts';
import { assert } from '../../assert.ts';
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
  const held = counter.held.map(() => 0);
  for (const hold of state.open.values()) {
    if (!inScope(counter.scope, hold)) continue;
    const period = periodAt(counter.window, hold.at);
    if (period <= counter.headPeriod - held.length) continue;
    held[ringSlot(held, period)] = ringValue(held, period) + amountHeld(counter.metric, hold);
  }
  const name = `counter ${counter.key}`;
  assert(
    counter.held.every((amount, slot) => amount === held[slot]),
    `${name} holds the sum of its open holds`,
  );
  assert(
    counter.posted.every((amount) => Number.isSafeInteger(amount) && amount >= 0),
    `${name} posts whole amounts`,
  );
  assert(sum(counter.posted) === counter.postedSum, `${name} posts the sum of its periods`);
  assert(sum(counter.held) === counter.heldSum, `${name} holds the sum of its periods`);
  assert(!isGauge(counter.metric) || counter.postedSum === 0, `${name} posts nothing of what is in flight`);
  assert(counter.sinceOrdinal <= state.ordinal, `${name} began in the past`);
  assert(stillCounts(counter, state.at, state.at), `${name} counts the present`);
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((left, right) => left + right, 0);
}
