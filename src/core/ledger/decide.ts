import { namedCountersMax } from '../../limits.ts';
import { fit } from './admission.ts';
import type { AdmitCommand, Answer, Command, ExtendCommand, HoldId, SettleCommand } from './command.ts';
import type { DecidedEvent } from './event.ts';
import { counterKey, modelNames } from './limit.ts';
import { isRemembered } from './names.ts';
import { type LedgerState, standingCounters } from './state.ts';
import { assert, assertQuantity } from '../../assert.ts';
import type { EpochMs } from './epoch-ms.ts';

export interface Decision {
  readonly answer: Answer;
  /** The caller appends it to the journal and then applies it. A repeated command has none. */
  readonly event?: DecidedEvent;
}

/**
 * Decides a command, and changes nothing: the caller appends the event, applies it, and answers when it is durable.
 * `id` is the place that the event will have in the journal.
 */
export function decide(state: LedgerState, command: Command, at: EpochMs, id: HoldId): Decision {
  assert(at >= state.at, 'a command before the last event');
  switch (command.type) {
    case 'admit':
      return admit(state, command, at, id);
    case 'extend':
      return extend(state, command, at);
    case 'settle':
      return settle(state, command);
    case 'void':
      return voidCall(state, command.name, at);
    case 'expire':
      if (!state.open.has(command.holdId)) return { answer: { kind: 'ended' } };
      return { answer: { kind: 'expired' }, event: { type: 'expired', id: command.holdId } };
    case 'set-limits': {
      const keys = new Set(state.counters.keys());
      for (const { metric, window, scope } of command.limits) keys.add(counterKey(metric, window, scope));
      if (keys.size > standingCounters + namedCountersMax) return { answer: { kind: 'too-many-counters' } };
      return { answer: { kind: 'changed' }, event: { type: 'limits-set', limits: command.limits } };
    }
    case 'reset':
      return {
        answer: { kind: 'changed' },
        event: command.clock < at ? { type: 'reset', setBackTo: command.clock } : { type: 'reset' },
      };
  }
}

function admit(state: LedgerState, command: AdmitCommand, at: EpochMs, id: HoldId): Decision {
  const { name, endpoint, stream, bounded, bound, endsBy, chain, asked, below } = command;
  const known = state.openNames.get(name);
  if (known !== undefined) return { answer: grantedAgain(state, known) };
  if (isRemembered(state.ended, name, at)) return { answer: { kind: 'ended' } };
  const found = fit(state, { endpoint, stream, bound }, at);
  if (!found.fits) return { answer: { kind: 'refused', refusal: found.refusal } };
  const { cap, tokens, nanoUsd } = found;
  return {
    answer: { kind: 'granted', holdId: id, cap, tokens, nanoUsd, repeated: false },
    event: {
      type: 'admitted',
      id,
      name,
      endpoint,
      ...modelNames(bound),
      stream,
      bounded,
      tokens,
      nanoUsd,
      cap,
      endsBy,
      ...(chain === undefined ? {} : { chain }),
      ...(asked === undefined || asked.length === 0 ? {} : { asked }),
      ...(below === undefined ? {} : { below }),
    },
  };
}

function grantedAgain(state: LedgerState, id: HoldId): Answer {
  const hold = state.open.get(id);
  assert(hold !== undefined, 'a name of no hold');
  // What it is now was not granted by all.
  if (hold.stopped === true) return { kind: 'ended' };
  const { cap, tokens, nanoUsd } = hold;
  return { kind: 'granted', holdId: id, cap, tokens, nanoUsd, repeated: true };
}

function extend(state: LedgerState, command: ExtendCommand, at: EpochMs): Decision {
  const { holdId, attempt, spentTokens, spentNanoUsd, bound } = command;
  assertQuantity(spentTokens, 'tokens spent');
  assertQuantity(spentNanoUsd, 'nano-dollars spent');
  const hold = state.open.get(holdId);
  if (hold === undefined || hold.stopped === true || attempt < hold.attempt) return { answer: { kind: 'ended' } };
  if (attempt === hold.attempt) return { answer: grantedAgain(state, holdId) };
  const { endpoint, stream } = hold;
  const found = fit(state, { endpoint, stream, bound, replaces: { hold, spentTokens, spentNanoUsd } }, at);
  if (!found.fits) return { answer: { kind: 'refused', refusal: found.refusal } };
  const { cap, tokens, nanoUsd } = found;
  const spent = { attempt, spentTokens, spentNanoUsd };
  return {
    answer: { kind: 'granted', holdId, cap, tokens, nanoUsd, repeated: false },
    event: { type: 'extended', id: holdId, ...spent, ...modelNames(bound), tokens, nanoUsd, cap },
  };
}

function settle(state: LedgerState, command: SettleCommand): Decision {
  const { holdId: id, facts } = command;
  assertQuantity(command.tokens, 'tokens used');
  assertQuantity(command.nanoUsd, 'nano-dollars used');
  const open = state.open.get(id);
  const hold = open ?? state.expired.get(id)?.hold;
  if (hold === undefined) return { answer: { kind: 'ended' } };
  // The owner never heard of its extension, which has posted this use already.
  const isPosted = (command.attempt ?? hold.attempt) < hold.attempt;
  const tokens = isPosted ? 0 : command.tokens;
  const nanoUsd = isPosted ? 0 : command.nanoUsd;
  // The provider billed more than the bound. That is charged too: the money is gone.
  const breach = hold.bounded && (tokens > hold.tokens || nanoUsd > hold.nanoUsd);
  const corrected = open === undefined;
  return {
    answer: { kind: 'settled', breach, corrected },
    event: { type: corrected ? 'corrected' : 'settled', id, tokens, nanoUsd, breach, facts },
  };
}

function voidCall(state: LedgerState, name: string, at: EpochMs): Decision {
  const id = state.openNames.get(name);
  if (id !== undefined) return { answer: { kind: 'voided' }, event: { type: 'voided', id } };
  // The call has expired, and the truth comes late: nothing was used.
  for (const { hold } of state.expired.values()) {
    if (hold.name !== name) continue;
    const event = { type: 'corrected', id: hold.id, tokens: 0, nanoUsd: 0, breach: false, facts: {} } as const;
    return { answer: { kind: 'voided' }, event };
  }
  if (isRemembered(state.ended, name, at)) return { answer: { kind: 'ended' } };
  return { answer: { kind: 'voided' }, event: { type: 'tombstoned', name } };
}
