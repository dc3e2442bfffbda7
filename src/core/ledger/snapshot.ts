import { unwrittenEnd } from './apply.ts';
import { type Counter, change, ringSlot, ringValue } from './counter.ts';
import { type Limit, type Metric, type Scope, inScope } from './limit.ts';
import { type ExpiredHold, type Hold, type LedgerState, amountHeld, counterOf, newLedger } from './state.ts';
import { type EpochMs, epochMs } from './epoch-ms.ts';
import type { Window } from './window.ts';

/**
 * A ledger as plain JSON: the opening balance of what follows it in the journal. What is held is not in it, because it
 * is the sum of the open holds; nor are the names of ended calls, which are many, and which the journal's keeper writes
 * a stretch at a time beside it.
 */
export interface LedgerSnapshot {
  readonly at: number;
  readonly ordinal: number;
  readonly counters: readonly CounterSnapshot[];
  readonly limits: readonly Limit[];
  readonly open: readonly HoldSnapshot[];
  readonly expired: readonly (Omit<ExpiredHold, 'hold'> & { readonly hold: HoldSnapshot })[];
}

/** Releases that wrote no leases left out by when a hold ends. */
type HoldSnapshot = Omit<Hold, 'endsBy'> & { readonly endsBy?: EpochMs };

interface CounterSnapshot {
  readonly metric: Metric;
  readonly window: Window;
  readonly scope?: Scope;
  readonly since: number;
  readonly head: number;
  /** Period and amount, where an amount was posted. */
  readonly posted: readonly (readonly [number, number])[];
}

export function takeSnapshot(state: LedgerState): LedgerSnapshot {
  return {
    at: state.at,
    ordinal: state.ordinal,
    counters: [...state.counters.values()].map(takeCounter),
    limits: state.limits.map(({ limit }) => limit),
    open: [...state.open.values()].map((hold) => ({ ...hold })),
    expired: [...state.expired.values()].map((expired) => ({ ...expired, hold: { ...expired.hold } })),
  };
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

/** The ledger that a snapshot was taken of, but for the names of ended calls. */
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
  for (const hold of snapshot.open) openAgain(state, restoreHold(hold));
  state.limits = snapshot.limits.map((limit) => ({
    limit,
    counter: counterOf(state, limit.metric, limit.window, limit.scope),
  }));
  return state;
}

function restoreHold(hold: HoldSnapshot): Hold {
  return { ...hold, endsBy: hold.endsBy ?? unwrittenEnd(hold.at) };
}

function openAgain(state: LedgerState, hold: Hold): void {
  state.open.set(hold.id, hold);
  state.openNames.set(hold.name, hold.id);
  for (const counter of state.counters.values()) {
    if (inScope(counter.scope, hold)) change(counter, hold.at, state.at, amountHeld(counter.metric, hold), 0);
  }
}
