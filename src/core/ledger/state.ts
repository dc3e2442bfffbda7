import { nameKeepMs } from '../../limits.ts';
import type { HoldId } from './command.ts';
import { type Counter, change, newCounter } from './counter.ts';
import { type Endpoint, type Limit, type Metric, counterKey, inScope, isGauge } from './limit.ts';
import { type EndedNames, newEndedNames } from './names.ts';
import type { EpochMs } from './epoch-ms.ts';
import { type Window, day, hour, minute, month, total } from './window.ts';

export interface Hold {
  readonly id: HoldId;
  readonly name: string;
  /** When it was admitted: its amounts belong to the periods of this moment. */
  at: EpochMs;
  readonly endpoint: Endpoint;
  readonly stream: boolean;
  readonly bounded: boolean;
  /** By when it ends, by the wall clock, whatever renewals were lost: all that is on disk of its lease. */
  endsBy: EpochMs;
  /** Whether it ends then without more ado, unless it is renewed: it was given the time for that when it was over. */
  last?: true;
  /** The attempt under way: 1, or the number of the last extension. */
  attempt: number;
  /** The names of the attempt under way: see ModelNames. */
  model: string;
  aliases?: readonly string[];
  unlisted?: boolean;
  /** What the attempt under way may use. */
  tokens: number;
  nanoUsd: number;
  cap: number;
  /** What earlier attempts were charged. It is posted already. */
  spentTokens: number;
  spentNanoUsd: number;
}

export interface ExpiredHold {
  readonly hold: Hold;
  expiredAt: EpochMs;
  /** The event of its expiry: counters that were reset since then do not know of its charge. */
  readonly ordinal: number;
}

/** A limit and the counter it is a maximum over, joined once, when limits are set. */
export interface CountedLimit {
  readonly limit: Limit;
  readonly counter: Counter;
}

/** All that an account knows of its numbers. Changed by `apply` alone. */
export interface LedgerState {
  /** The latest moment seen. Time never runs backwards here, whatever clocks do, but for a reset: see `setBack`. */
  at: EpochMs;
  /** How many events were applied. */
  ordinal: number;
  readonly counters: Map<string, Counter>;
  limits: readonly CountedLimit[];
  readonly open: Map<HoldId, Hold>;
  readonly openNames: Map<string, HoldId>;
  /** Expired, and not corrected, oldest first. */
  readonly expired: Map<HoldId, ExpiredHold>;
  readonly ended: EndedNames;
}

const standingMetrics: readonly Metric[] = ['requests', 'tokens', 'usd'];
const standingWindows: readonly Window[] = [minute, hour, day, month, total];

/** An account that has seen nothing. The counters that every account keeps exist from the start. */
export function newLedger(): LedgerState {
  const state: LedgerState = {
    at: 0 as EpochMs,
    ordinal: 0,
    counters: new Map(),
    limits: [],
    open: new Map(),
    openNames: new Map(),
    expired: new Map(),
    ended: newEndedNames(nameKeepMs),
  };
  for (const metric of standingMetrics)
    for (const window of standingWindows) counterOf(state, metric, window, undefined);
  counterOf(state, 'concurrency', total, undefined);
  counterOf(state, 'streams', total, undefined);
  return state;
}

/** How many counters every account has, beside those that its limits have ever named. */
export const standingCounters = standingMetrics.length * standingWindows.length + 2;

/**
 * The counter of a metric, window and scope, made on its first naming. A new one begins with what is held at that
 * moment, because those calls will settle into it; what was posted before it was born is not in it.
 */
export function counterOf(state: LedgerState, metric: Metric, window: Window, scope: Limit['scope']): Counter {
  const key = counterKey(metric, window, scope);
  const known = state.counters.get(key);
  if (known !== undefined) return known;
  const counter = newCounter(metric, window, scope, state.ordinal);
  state.counters.set(key, counter);
  for (const hold of state.open.values()) {
    if (inScope(scope, hold)) change(counter, hold.at, state.at, amountHeld(metric, hold), 0);
  }
  return counter;
}

interface Amounts {
  readonly stream: boolean;
  readonly tokens: number;
  readonly nanoUsd: number;
}

/** What a call holds of a metric. */
export function amountHeld(metric: Metric, amounts: Amounts): number {
  switch (metric) {
    case 'requests':
    case 'concurrency':
      return 1;
    case 'streams':
      return amounts.stream ? 1 : 0;
    case 'tokens':
      return amounts.tokens;
    case 'usd':
      return amounts.nanoUsd;
  }
}

/** What a call leaves behind of a metric when it ends: of what is counted in flight, nothing. */
export function amountPosted(metric: Metric, amounts: Amounts): number {
  return isGauge(metric) ? 0 : amountHeld(metric, amounts);
}
