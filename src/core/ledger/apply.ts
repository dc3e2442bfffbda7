import { callMsMax, expiredKeepMax, expiredKeepMs } from '../../limits.ts';
import { change, forgetPosted } from './counter.ts';
import type { LedgerEvent } from './event.ts';
import { inScope, modelNames } from './limit.ts';
import { remember } from './names.ts';
import { post } from './posting.ts';
import { type Hold, type LedgerState, amountHeld, amountPosted, changeHeld, openHold, setLimits } from './state.ts';
import { setBack } from './set-back.ts';
import { assert } from '../../assert.ts';
import { type EpochMs, epochMs } from './epoch-ms.ts';

/** Folds one fact into the ledger. The same facts give the same state, whenever and wherever they are folded. */
export function apply(state: LedgerState, event: LedgerEvent, at: EpochMs): void {
  assert(at >= state.at, 'an event before the one it follows');
  state.at = at;
  state.ordinal += 1;
  switch (event.type) {
    case 'admitted':
      return admitted(state, event);
    case 'leased':
      return leased(openHold(state, event.id), event);
    case 'extended':
      return extended(state, event);
    case 'settled':
      return end(state, openHold(state, event.id), event);
    case 'voided':
      return voided(state, openHold(state, event.id));
    case 'expired':
      return expired(state, openHold(state, event.id));
    case 'corrected':
      return corrected(state, event);
    case 'tombstoned':
      return remember(state.ended, event.name, at);
    case 'taken':
      for (const posting of event.postings) post(state, posting);
      return;
    case 'limits-set':
      return setLimits(state, event.limits);
    case 'reset':
      for (const counter of state.counters.values()) forgetPosted(counter, state.ordinal);
      if (event.setBackTo !== undefined) setBack(state, event.setBackTo);
  }
}

function admitted(state: LedgerState, event: Extract<LedgerEvent, { type: 'admitted' }>): void {
  const { id, name, endpoint, stream, bounded, tokens, nanoUsd, cap, chain } = event;
  assert(!state.open.has(id) && !state.openNames.has(name), `call ${name} was admitted twice`);
  const endsBy = event.endsBy ?? unwrittenEnd(state.at);
  const amounts = { tokens, nanoUsd, cap, spentTokens: 0, spentNanoUsd: 0 };
  const owners = chain === undefined ? {} : { chain };
  const call = { id, name, at: state.at, endpoint, ...modelNames(event), ...owners, stream, bounded, endsBy };
  const hold: Hold = { ...call, attempt: 1, ...amounts };
  state.open.set(id, hold);
  state.openNames.set(name, id);
  changeAllHeld(state, hold, 1);
}

/** When a hold ends if nothing of its leases was written. */
export function unwrittenEnd(admittedAt: EpochMs): EpochMs {
  return epochMs(admittedAt + callMsMax);
}

function leased(hold: Hold, { endsBy, last }: Extract<LedgerEvent, { type: 'leased' }>): void {
  hold.endsBy = endsBy;
  if (last === true) hold.last = true;
  else delete hold.last;
}

function extended(state: LedgerState, event: Extract<LedgerEvent, { type: 'extended' }>): void {
  const hold = openHold(state, event.id);
  changeAllHeld(state, hold, -1);
  postUse(state, hold, event.spentTokens, event.spentNanoUsd);
  hold.spentTokens += event.spentTokens;
  hold.spentNanoUsd += event.spentNanoUsd;
  hold.attempt = event.attempt;
  delete hold.aliases;
  delete hold.unlisted;
  Object.assign(hold, modelNames(event));
  hold.tokens = event.tokens;
  hold.nanoUsd = event.nanoUsd;
  hold.cap = event.cap;
  changeAllHeld(state, hold, 1);
}

/** Releases a hold and posts what it came to. */
function end(state: LedgerState, hold: Hold, used: { readonly tokens: number; readonly nanoUsd: number }): void {
  close(state, hold);
  const posted = { stream: hold.stream, tokens: used.tokens, nanoUsd: used.nanoUsd };
  for (const counter of state.counters.values()) {
    if (!inScope(counter.scope, hold)) continue;
    const heldBy = -amountHeld(counter.metric, hold);
    change(counter, hold.at, state.at, heldBy, amountPosted(counter.metric, posted));
  }
}

function voided(state: LedgerState, hold: Hold): void {
  close(state, hold);
  changeAllHeld(state, hold, -1);
}

function expired(state: LedgerState, hold: Hold): void {
  end(state, hold, hold);
  state.expired.set(hold.id, { hold, postedAt: hold.at, expiredAt: state.at, ordinal: state.ordinal });
  for (const [id, old] of state.expired) {
    if (state.expired.size <= expiredKeepMax && old.expiredAt > state.at - expiredKeepMs) break;
    state.expired.delete(id);
  }
}

function corrected(state: LedgerState, event: Extract<LedgerEvent, { type: 'corrected' }>): void {
  const found = state.expired.get(event.id);
  assert(found !== undefined, `hold ${event.id} is corrected, and was not expired`);
  state.expired.delete(event.id);
  const { hold, ordinal } = found;
  postUse(state, hold, event.tokens - hold.tokens, event.nanoUsd - hold.nanoUsd, ordinal);
}

/** Posts tokens and money of a call, and no request. Counters that began since event `chargedBy` have no part in it. */
function postUse(state: LedgerState, hold: Hold, tokens: number, nanoUsd: number, chargedBy = Infinity): void {
  for (const counter of state.counters.values()) {
    if (counter.sinceOrdinal >= chargedBy || !inScope(counter.scope, hold)) continue;
    if (counter.metric === 'tokens') change(counter, hold.at, state.at, 0, tokens);
    if (counter.metric === 'usd') change(counter, hold.at, state.at, 0, nanoUsd);
  }
}

function changeAllHeld(state: LedgerState, hold: Hold, sign: 1 | -1): void {
  for (const counter of state.counters.values()) changeHeld(counter, hold, state.at, sign);
}

function close(state: LedgerState, hold: Hold): void {
  state.open.delete(hold.id);
  state.openNames.delete(hold.name);
  remember(state.ended, hold.name, state.at);
}
