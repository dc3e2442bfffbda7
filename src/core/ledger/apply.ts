import { callMsMax, expiredKeepMax, expiredKeepMs } from '../../limits.ts';
import { change, forgetPosted } from './counter.ts';
import type { HoldId } from './command.ts';
import type { LedgerEvent } from './event.ts';
import { inScope, modelNames } from './limit.ts';
import { remember } from './names.ts';
import { type Hold, type LedgerState, amountHeld, amountPosted, counterOf } from './state.ts';
import { setBack } from './set-back.ts';
import { assert } from '../../assert.ts';
import { type EpochMs, epochMs } from './epoch-ms.ts';

/**
 * Folds one fact into what the account knows. The same facts give the same state, whenever and wherever they are
 * folded.
 */
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
    case 'limits-set':
      state.limits = event.limits.map((limit) => ({
        limit,
        counter: counterOf(state, limit.metric, limit.window, limit.scope),
      }));
      return;
    case 'reset':
      for (const counter of state.counters.values()) forgetPosted(counter, state.ordinal);
      if (event.setBackTo !== undefined) setBack(state, event.setBackTo);
  }
}

function admitted(state: LedgerState, event: Extract<LedgerEvent, { type: 'admitted' }>): void {
  const { id, name, endpoint, stream, bounded, tokens, nanoUsd, cap } = event;
  assert(!state.open.has(id) && !state.openNames.has(name), `call ${name} was admitted twice`);
  const endsBy = event.endsBy ?? unwrittenEnd(state.at);
  const amounts = { tokens, nanoUsd, cap, spentTokens: 0, spentNanoUsd: 0 };
  const call = { id, name, at: state.at, endpoint, ...modelNames(event), stream, bounded, endsBy };
  const hold: Hold = { ...call, attempt: 1, ...amounts };
  state.open.set(id, hold);
  state.openNames.set(name, id);
  changeHeld(state, hold, 1);
}

/** By when a hold ends of whose leases nothing was written. */
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
  changeHeld(state, hold, -1);
  for (const counter of state.counters.values()) {
    if (!inScope(counter.scope, hold)) continue;
    if (counter.metric === 'tokens') change(counter, hold.at, state.at, 0, event.spentTokens);
    if (counter.metric === 'usd') change(counter, hold.at, state.at, 0, event.spentNanoUsd);
  }
  hold.spentTokens += event.spentTokens;
  hold.spentNanoUsd += event.spentNanoUsd;
  hold.attempt = event.attempt;
  delete hold.aliases;
  delete hold.unlisted;
  Object.assign(hold, modelNames(event));
  hold.tokens = event.tokens;
  hold.nanoUsd = event.nanoUsd;
  hold.cap = event.cap;
  changeHeld(state, hold, 1);
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
  changeHeld(state, hold, -1);
}

function expired(state: LedgerState, hold: Hold): void {
  end(state, hold, hold);
  state.expired.set(hold.id, { hold, expiredAt: state.at, ordinal: state.ordinal });
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
  for (const counter of state.counters.values()) {
    if (counter.sinceOrdinal >= ordinal || !inScope(counter.scope, hold)) continue;
    if (counter.metric === 'tokens') change(counter, hold.at, state.at, 0, event.tokens - hold.tokens);
    if (counter.metric === 'usd') change(counter, hold.at, state.at, 0, event.nanoUsd - hold.nanoUsd);
  }
}

function changeHeld(state: LedgerState, hold: Hold, sign: 1 | -1): void {
  for (const counter of state.counters.values()) {
    if (inScope(counter.scope, hold)) change(counter, hold.at, state.at, sign * amountHeld(counter.metric, hold), 0);
  }
}

function close(state: LedgerState, hold: Hold): void {
  state.open.delete(hold.id);
  state.openNames.delete(hold.name);
  remember(state.ended, hold.name, state.at);
}

function openHold(state: LedgerState, id: HoldId): Hold {
  const hold = state.open.get(id);
  assert(hold !== undefined, `hold ${id} is not open`);
  return hold;
}
