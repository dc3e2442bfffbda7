import { assert } from '../../assert.ts';
import { nameKeepMs } from '../../limits.ts';
import type { HoldId } from './command.ts';
import { type Counter, change, newCounter } from './counter.ts';
import { type Endpoint, type Limit, type Metric, type Scope, counterKey, inScope, isGauge } from './limit.ts';
import { type EndedNames, newEndedNames } from './names.ts';
import type { EpochMs } from './epoch-ms.ts';
import { type Window, day, hour, minute, month, total } from './window.ts';

export interface Hold {
  readonly id: HoldId;
  readonly name: string;
  /** When it was admitted. Its amounts belong to the periods of this moment. */
  at: EpochMs;
  readonly endpoint: Endpoint;
  readonly stream: boolean;
  readonly bounded: boolean;
  /** Whom its account belonged to when it was admitted. Once it has expired: those who have heard of that. */
  chain?: readonly string[];
  /** The accounts above that have a hold of this call too, or may have one. */
  asked?: readonly AskedAbove[];
  /** They have not answered yet. At the first attempt, nobody knows of the hold until they have. */
  asking?: true;
  /** One of them has not granted an extension: the hold can only end. */
  stopped?: true;
  /** Of a call of an account below: its number there. That account alone says what the call came to. */
  readonly below?: number;
  /** When it ends by the wall clock, whatever renewals were lost. Of its lease, only this is on disk. */
  endsBy: EpochMs;
  /** A woken actor gave it this lease, as a last chance to renew. When it is over, the hold ends. */
  last?: true;
  /** The current attempt: 1, or the number of the last extension. */
  attempt: number;
  /** The names of the current attempt's model: see ModelNames. */
  model: string;
  aliases?: readonly string[];
  unlisted?: boolean;
  /** What the current attempt may use. */
  tokens: number;
  nanoUsd: number;
  cap: number;
  /** What earlier attempts were charged. It is posted already. */
  spentTokens: number;
  spentNanoUsd: number;
}

/** An account above, and the number by which it knows a hold. */
export interface AskedAbove {
  readonly to: string;
  readonly n: number;
  /** It was told of a hold that was there before, and has not acknowledged it. */
  readonly adopting?: AdoptedAt;
}

/** What earlier attempts had been charged when an account above was to be told of a hold. */
export interface AdoptedAt {
  readonly spentTokens: number;
  readonly spentNanoUsd: number;
}

export interface ExpiredHold {
  readonly hold: Hold;
  /** The moment to which its charge was posted, however time was set back since. Old releases did not keep it. */
  readonly postedAt?: EpochMs;
  expiredAt: EpochMs;
  /** The event of its expiry. A counter that was reset since then does not know of its charge. */
  readonly ordinal: number;
}

/** A hold of an account below that was charged here, while that account was not heard of. */
export interface UnresolvedHold extends ExpiredHold {
  /** What all its attempts were charged by then. */
  readonly costNanoUsd: number;
}

/** A limit, and the counter over which it is a maximum. */
export interface CountedLimit {
  readonly limit: Limit;
  readonly counter: Counter;
}

/** All numbers of an account. Only `apply` changes them. */
export interface LedgerState {
  /** The latest moment seen. Whatever clocks do, time runs backwards here only at a reset: see `setBack`. */
  at: EpochMs;
  /** How many events were applied. */
  ordinal: number;
  readonly counters: Map<string, Counter>;
  limits: readonly CountedLimit[];
  readonly open: Map<HoldId, Hold>;
  readonly openNames: Map<string, HoldId>;
  /** Those that were not corrected yet, oldest first. */
  readonly expired: Map<HoldId, ExpiredHold>;
  /** By name: holds of accounts below that were not heard of for too long. They stay until their account says more. */
  readonly unresolved: Map<string, UnresolvedHold>;
  readonly ended: EndedNames;
}

const standingMetrics: readonly Metric[] = ['requests', 'tokens', 'usd'];
const standingWindows: readonly Window[] = [minute, hour, day, month, total];

/** The ledger of a new account, with the counters that every account keeps. */
export function newLedger(): LedgerState {
  const state: LedgerState = {
    at: 0 as EpochMs,
    ordinal: 0,
    counters: new Map(),
    limits: [],
    open: new Map(),
    openNames: new Map(),
    expired: new Map(),
    unresolved: new Map(),
    ended: newEndedNames(nameKeepMs),
  };
  for (const metric of standingMetrics)
    for (const window of standingWindows) counterOf(state, metric, window, undefined);
  counterOf(state, 'concurrency', total, undefined);
  counterOf(state, 'streams', total, undefined);
  return state;
}

/** How many counters a new account has. */
export const standingCounters = standingMetrics.length * standingWindows.length + 2;

/** Sets limits, each with its counter. */
export function setLimits(state: LedgerState, limits: readonly Limit[]): void {
  state.limits = limits.map((limit) => ({ limit, counter: counterOf(state, limit.metric, limit.window, limit.scope) }));
}

/**
 * The counter of a metric, window and scope. A new one begins with what is held now, because those calls will settle
 * into it. What was posted before is not in it.
 */
export function counterOf(state: LedgerState, metric: Metric, window: Window, scope: Scope | undefined): Counter {
  const key = counterKey(metric, window, scope);
  const known = state.counters.get(key);
  if (known !== undefined) return known;
  const counter = newCounter(metric, window, scope, state.ordinal);
  state.counters.set(key, counter);
  for (const hold of state.open.values()) changeHeld(counter, hold, state.at, 1);
  return counter;
}

/** Adds what a hold holds to a counter, or takes it away, if the counter counts that call. */
export function changeHeld(counter: Counter, hold: Hold, at: EpochMs, sign: 1 | -1): void {
  if (inScope(counter.scope, hold)) change(counter, hold.at, at, sign * amountHeld(counter.metric, hold), 0);
}

export function openHold({ open }: LedgerState, id: HoldId): Hold {
  const hold = open.get(id);
  assert(hold !== undefined, `hold ${id} is not open`);
  return hold;
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

/** What a call leaves behind of a metric when it ends. What is counted in flight leaves nothing. */
export function amountPosted(metric: Metric, amounts: Amounts): number {
  return isGauge(metric) ? 0 : amountHeld(metric, amounts);
}
