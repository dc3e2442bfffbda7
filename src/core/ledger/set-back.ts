import type { EpochMs } from './epoch-ms.ts';
import { restart } from './counter.ts';
import { setNamesBack } from './names.ts';
import { type LedgerState, changeHeld } from './state.ts';

/**
 * Sets the time of a ledger back, after `forgetPosted`. Calls that were admitted at a later moment count as admitted
 * now: so their amounts stay in a window no longer than those of new calls. Calls that ended later count as ended now.
 */
export function setBack(state: LedgerState, to: EpochMs): void {
  setNamesBack(state.ended, state.at, to);
  state.at = to;
  for (const expired of [...state.expired.values(), ...state.unresolved.values()]) {
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
