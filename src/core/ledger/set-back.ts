import type { EpochMs } from './epoch-ms.ts';
import { restart } from './counter.ts';
import { setNamesBack } from './names.ts';
import { type LedgerState, changeHeld } from './state.ts';

/**
 * Sets the time of a ledger back, in which nothing is posted any more. What was admitted at a later moment counts as
 * admitted now: so its amounts stay in every window for as long as if it had been. The names of ended calls likewise.
 */
export function setBack(state: LedgerState, to: EpochMs): void {
  setNamesBack(state.ended, state.at, to);
  state.at = to;
  for (const expired of state.expired.values()) {
    expired.hold.at = earlier(expired.hold.at, to);
    expired.expiredAt = earlier(expired.expiredAt, to);
  }
  for (const hold of state.open.values()) hold.at = earlier(hold.at, to);
  for (const counter of state.counters.values()) {
    restart(counter, to);
    for (const hold of state.open.values()) changeHeld(counter, hold, to, 1);
  }
}

function earlier(one: EpochMs, other: EpochMs): EpochMs {
  return one < other ? one : other;
}
