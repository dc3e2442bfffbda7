import { unwrittenEnd } from './apply.ts';
import { type Counter, ringSlot, ringValue } from './counter.ts';
import type { Limit, Metric, Scope } from './limit.ts';
import {
  type ExpiredHold,
  type Hold,
  type LedgerState,
  type UnresolvedHold,
  changeHeld,
  counterOf,
  newLedger,
  setLimits,
} from './state.ts';
import { type EpochMs, epochMs } from './epoch-ms.ts';
import type { Window } from './window.ts';

/**
 * A ledger as plain JSON: the opening balance of the rows that follow. It leaves out what is held, which is the sum of
 * the open holds, and the names of ended calls. They are many, and are written beside it, a stretch at a time.
 */
export interface LedgerSnapshot {
  readonly at: number;
  readonly ordinal: number;
  readonly counters: readonly CounterSnapshot[];
  readonly limits: readonly Limit[];
  readonly open: readonly HoldSnapshot[];
  readonly expired: readonly ExpiredSnapshot[];
  /** Missing where there are none, and in releases that knew no accounts below. */
  readonly unresolved?: readonly (ExpiredSnapshot & Pick<UnresolvedHold, 'costNanoUsd'>)[];
}

type ExpiredSnapshot = Omit<ExpiredHold, 'hold'> & { readonly hold: HoldSnapshot };

/** Releases that wrote no leases left `endsBy` out. */
type HoldSnapshot = Omit<Hold, 'endsBy'> & { readonly endsBy?: EpochMs };

interface CounterSnapshot {
  readonly metric: Metric;
  readonly window: Window;
  readonly scope?: Scope;
  readonly since: number;
  readonly head: number;
  /** Each period with its amount, if something was posted. */
  readonly posted: readonly (readonly [number, number])[];
}

export function takeSnapshot(state: LedgerState): LedgerSnapshot {
  return {
    at: state.at,
    ordinal: state.ordinal,
    counters: [...state.counters.values()].map(takeCounter),
    limits: state.limits.map(({ limit }) => limit),
    open: [...state.open.values()].map((hold) => ({ ...hold })),
    expired: [...state.expired.values()].map(takeExpired),
    ...(state.unresolved.size === 0 ? {} : { unresolved: [...state.unresolved.values()].map(takeExpired) }),
  };
}

function takeExpired<Expired extends ExpiredHold>(expired: Expired): Expired {
  return { ...expired, hold: { ...expired.hold } };
}

function takeCounter(counter: Counter): CounterSnapshot {
  const { metric, window, scope, headPeriod, sinceOrdinal } = counter;
  const posted: [number, number][] = [];
  for (let period = headPeriod - counter.posted.length + 1; period <= headPeriod; period += 1) {
    const amount = ringValue(counter.posted, period);
    if (amount !== 0) posted.push([period, amount]);
  }
  const common = { metric, window, since: sinceOrdinal, head: headPeriod, posted };
  return scope === undefined ? common : { ...common, scope };
}

/** The ledger of a snapshot, without the names of ended calls. */
export function restoreSnapshot(snapshot: LedgerSnapshot): LedgerState {
  const state = newLedger();
  state.at = epochMs(snapshot.at);
  state.ordinal = snapshot.ordinal;
  for (const taken of snapshot.counters) {
    const counter = counterOf(state, taken.metric, taken.window, taken.scope);
    counter.headPeriod = taken.head;
    counter.sinceOrdinal = taken.since;
    for (const [period, amount] of taken.posted) {
      counter.posted[ringSlot(counter.posted, period)] = amount;
      counter.postedSum += amount;
    }
  }
  for (const expired of snapshot.expired) {
    state.expired.set(expired.hold.id, { ...expired, hold: restoreHold(expired.hold) });
  }
  for (const expired of snapshot.unresolved ?? []) {
    state.unresolved.set(expired.hold.name, { ...expired, hold: restoreHold(expired.hold) });
  }
  for (const taken of snapshot.open) {
    const hold = restoreHold(taken);
    state.open.set(hold.id, hold);
    state.openNames.set(hold.name, hold.id);
    for (const counter of state.counters.values()) changeHeld(counter, hold, state.at, 1);
  }
  setLimits(state, snapshot.limits);
  return state;
}

function restoreHold(hold: HoldSnapshot): Hold {
  return { ...hold, endsBy: hold.endsBy ?? unwrittenEnd(hold.at) };
}
