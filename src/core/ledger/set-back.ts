import { change, restart } from './counter.ts';
import { inScope } from './limit.ts';
import { setNamesBack } from './names.ts';
import { type LedgerState, amountHeld } from './state.ts';
import type { EpochMs } from './epoch-ms.ts';

/**
 * Sets the time of a ledger back, of which nothing is posted any more. A call that was admitted at a moment that is now
 * to come counts as admitted now: so what it holds, and what it comes to, is in every window for as long as if it had
 * been. So do calls that have ended, whose names are remembered.
 */
export function setBack(state: LedgerState, to: EpochMs): void {
  setNamesBack(state.ended, state.at, to);
  state.at = to;
  for (const { hold } of state.expired.values()) hold.at = earlier(hold.at, to);
  for (const expired of state.expired.values()) expired.expiredAt = earlier(expired.expiredAt, to);
  for (const hold of state.open.values()) hold.at = earlier(hold.at, to);
  for (const counter of state.counters.values()) {
    restart(counter, to);
    for (const hold of state.open.values()) {
      if (inScope(counter.scope, hold)) change(counter, hold.at, to, amountHeld(counter.metric, hold), 0);
    }
  }
}

function earlier(one: EpochMs, other: EpochMs): EpochMs {
  return one < other ? one : other;
}
