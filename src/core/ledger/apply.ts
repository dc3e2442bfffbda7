import { callMsMax, expiredKeepMax, expiredKeepMs } from '../../limits.ts';
import { change, forgetPosted } from './counter.ts';
import type { LedgerEvent } from './event.ts';
import { inScope, modelNames } from './limit.ts';
import { remember } from './names.ts';
import { type Posting, post } from './posting.ts';
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
    case 'confirmed':
      return confirmed(state, openHold(state, event.id), event);
    case 'released':
      return close(state, openHold(state, event.id), 'forgotten');
    case 'stopped': {
      const hold = openHold(state, event.id);
      hold.stopped = true;
      delete hold.asking;
      return;
    }
    case 'asked': {
      const hold = openHold(state, event.id);
      const { spentTokens, spentNanoUsd } = hold;
      const also = event.to.map((to) => ({ to, n: state.ordinal, adopting: { spentTokens, spentNanoUsd } }));
      hold.asked = [...(hold.asked ?? []), ...also];
      return;
    }
    case 'adopted':
      for (const hold of state.open.values()) adopted(hold, event);
      return;
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
      for (const posting of event.postings) {
        post(state, posting);
        notePosted(state, posting);
      }
      return;
    case 'limits-set':
      return setLimits(state, event.limits);
    case 'reset':
      for (const counter of state.counters.values()) forgetPosted(counter, state.ordinal);
      if (event.setBackTo !== undefined) setBack(state, event.setBackTo);
  }
}

function admitted(state: LedgerState, event: Extract<LedgerEvent, { type: 'admitted' }>): void {
  const { id, name, endpoint, stream, bounded, tokens, nanoUsd, cap, chain, asked, below } = event;
  assert(!state.open.has(id) && !state.openNames.has(name), `call ${name} was admitted twice`);
  const endsBy = event.endsBy ?? unwrittenEnd(state.at);
  const { spent = { attempt: 1, tokens: 0, nanoUsd: 0 } } = event;
  const amounts = { tokens, nanoUsd, cap, spentTokens: spent.tokens, spentNanoUsd: spent.nanoUsd };
  const owners = {
    ...(chain === undefined ? {} : { chain }),
    ...(asked === undefined ? {} : { asked: asked.map((to) => ({ to, n: state.ordinal })), asking: true as const }),
    ...(below === undefined ? {} : { below }),
  };
  const call = { id, name, at: state.at, endpoint, ...modelNames(event), ...owners, stream, bounded, endsBy };
  const hold: Hold = { ...call, attempt: spent.attempt, ...amounts };
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
  if (hold.asked !== undefined) hold.asking = true;
  changeAllHeld(state, hold, 1);
}

function confirmed(state: LedgerState, hold: Hold, event: Extract<LedgerEvent, { type: 'confirmed' }>): void {
  changeAllHeld(state, hold, -1);
  hold.tokens = event.tokens;
  hold.nanoUsd = event.nanoUsd;
  hold.cap = event.cap;
  delete hold.asking;
  changeAllHeld(state, hold, 1);
}

function adopted(hold: Hold, { by, through }: Extract<LedgerEvent, { type: 'adopted' }>): void {
  if (hold.asked?.some(({ to, adopting }) => to === by && adopting !== undefined) !== true) return;
  hold.asked = hold.asked.map((asked) => {
    const { to, n } = asked;
    return to === by && n <= through ? { to, n } : asked;
  });
}

/** What an account below has said of a call of which there is a hold here, or was one that it had left too long. */
function notePosted(state: LedgerState, { of, ends }: Posting): void {
  if (of === undefined) return;
  const id = state.openNames.get(of.name);
  const hold = id === undefined ? state.unresolved.get(of.name)?.hold : openHold(state, id);
  assert(hold !== undefined, `there is no hold ${of.name}`);
  hold.spentTokens += of.tokens;
  hold.spentNanoUsd += of.nanoUsd;
  if (ends !== true) return;
  if (id === undefined) state.unresolved.delete(of.name);
  else close(state, hold, 'forgotten');
}

/** Releases a hold and posts what it came to. */
function end(state: LedgerState, hold: Hold, used: { readonly tokens: number; readonly nanoUsd: number }): void {
  close(state, hold, hold.below === undefined ? 'remembered' : 'forgotten', 'kept');
  const posted = { stream: hold.stream, tokens: used.tokens, nanoUsd: used.nanoUsd };
  for (const counter of state.counters.values()) {
    if (!inScope(counter.scope, hold)) continue;
    const heldBy = -amountHeld(counter.metric, hold);
    change(counter, hold.at, state.at, heldBy, amountPosted(counter.metric, posted));
  }
}

function voided(state: LedgerState, hold: Hold): void {
  close(state, hold, 'remembered');
}

function expired(state: LedgerState, hold: Hold): void {
  end(state, hold, hold);
  const ended = { hold, postedAt: hold.at, expiredAt: state.at, ordinal: state.ordinal };
  if (hold.below !== undefined) {
    state.unresolved.set(hold.name, { ...ended, costNanoUsd: hold.nanoUsd + hold.spentNanoUsd });
    return;
  }
  state.expired.set(hold.id, ended);
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

/** Ends a hold. Its name is remembered, unless nobody was told of it, or a number says that it has ended. */
function close(
  state: LedgerState,
  hold: Hold,
  name: 'remembered' | 'forgotten',
  held: 'given-back' | 'kept' = 'given-back',
): void {
  state.open.delete(hold.id);
  state.openNames.delete(hold.name);
  if (name === 'remembered') remember(state.ended, hold.name, state.at);
  if (held === 'given-back') changeAllHeld(state, hold, -1);
}
