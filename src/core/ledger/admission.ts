import { openHoldsMax } from '../../limits.ts';
import type { Bound } from './command.ts';
import { type Standing, emptiesAt, exactMax, postedFallsTo, standing, stillCounts } from './counter.ts';
import { type Endpoint, type Limit, type ModelNames, inScope, modelNames } from './limit.ts';
import { type ComeBack, type Refusal, longer } from './refusal.ts';
import { type CountedLimit, type Hold, type LedgerState, amountHeld } from './state.ts';
import { assertQuantity } from '../../assert.ts';
import type { EpochMs } from './epoch-ms.ts';
import { affordable, nanoUsdRoundedUp } from '../money/usd.ts';
import { total } from './window.ts';

/** What to reserve, and the last attempt of the same call, which it replaces, if there was one. */
interface Reservation {
  readonly endpoint: Endpoint;
  readonly stream: boolean;
  readonly bound: Bound;
  readonly replaces?: { readonly hold: Hold; readonly spentTokens: number; readonly spentNanoUsd: number };
}

type Fit =
  | { readonly fits: true; readonly cap: number; readonly tokens: number; readonly nanoUsd: number }
  | { readonly fits: false; readonly refusal: Refusal };

/**
 * Finds the largest output cap, up to the one wanted, with which a reservation fits under every limit at once. Or finds
 * the refusal that lasts longest. Takes nothing.
 */
export function fit(state: LedgerState, reservation: Reservation, at: EpochMs): Fit {
  const { bound } = reservation;
  checkBound(bound);
  const call = callOf(reservation);
  let cap = bound.capWanted;
  let refusal: Refusal | undefined;
  for (const counted of state.limits) {
    if (!inScope(counted.limit.scope, call)) continue;
    const room = roomUnder(counted, reservation, at);
    if (room === undefined) continue;
    const times = timesUnder(counted.limit, bound);
    const least = neededAt(counted, reservation, bound.capLeast) * times;
    if (least > room.free) refusal = longer(refusal, refuse(counted, reservation, room, least, at));
    else cap = Math.min(cap, capWithin(counted, bound, Math.floor(room.free / times)));
  }
  if (refusal === undefined && reservation.replaces === undefined && state.open.size >= openHoldsMax) {
    refusal = tooManyOpen(state);
  }
  refusal ??= inexact(state, reservation, cap, at);
  if (refusal !== undefined) return { fits: false, refusal };
  return { fits: true, ...amountsAt(bound, cap) };
}

/** What a call can use under a cap. */
export function amountsAt(bound: Bound, cap: number): { cap: number; tokens: number; nanoUsd: number } {
  return { cap, tokens: tokensAt(bound, cap), nanoUsd: nanoUsdAt(bound, cap) };
}

/** What scopes look at. */
function callOf({ endpoint, bound }: Reservation): ModelNames & { readonly endpoint: Endpoint } {
  return { endpoint, ...modelNames(bound) };
}

interface Room extends Standing {
  readonly free: number;
}

/** What is free under a limit for this reservation. Undefined if its period has left: then it takes nothing there. */
function roomUnder(counted: CountedLimit, reservation: Reservation, at: EpochMs): Room | undefined {
  const { counter, limit } = counted;
  const now = standing(counter, at);
  const { replaces } = reservation;
  if (replaces === undefined) return { ...now, free: Math.max(0, limit.max - now.posted - now.held) };
  if (!stillCounts(counter, replaces.hold.at, at)) return undefined;
  // The attempt before gives back what it held, and leaves what it may have cost. Both happen in the counters of its
  // own model. Where a limit is for some models only, those of the next attempt may be others.
  const held = inScope(limit.scope, replaces.hold) ? now.held - amountHeld(limit.metric, replaces.hold) : now.held;
  const posted = now.posted + spentUnder(limit, reservation);
  return { posted, held, free: Math.max(0, limit.max - posted - held) };
}

/** What the replaced attempt leaves under a limit. It is posted to the period of the call's admission. */
function spentUnder(limit: Limit, { replaces }: Reservation): number {
  if (replaces === undefined || !inScope(limit.scope, replaces.hold)) return 0;
  if (limit.metric === 'tokens') return replaces.spentTokens;
  return limit.metric === 'usd' ? replaces.spentNanoUsd : 0;
}

/** How often the amount must fit. Requests and calls in flight are counted, and have no size. */
function timesUnder({ metric }: Limit, { timesOver = 1 }: Bound): number {
  return metric === 'tokens' || metric === 'usd' ? timesOver : 1;
}

function neededAt(counted: CountedLimit, reservation: Reservation, cap: number): number {
  const { stream, bound } = reservation;
  const amounts = { stream, tokens: tokensAt(bound, cap), nanoUsd: nanoUsdAt(bound, cap) };
  return amountHeld(counted.limit.metric, amounts);
}

/** The largest cap that uses no more than `free`. The least cap fits. */
function capWithin(counted: CountedLimit, bound: Bound, free: number): number {
  switch (counted.limit.metric) {
    case 'tokens':
      if (bound.tokensPerCapToken === 0) return bound.capWanted;
      return Math.min(bound.capWanted, Math.floor((free - bound.fixedTokens) / bound.tokensPerCapToken));
    case 'usd':
      return affordable(free - bound.fixedNanoUsd, bound.picoUsdPerCapToken, bound.capWanted);
    default:
      return bound.capWanted;
  }
}

function tokensAt(bound: Bound, cap: number): number {
  return bound.fixedTokens + cap * bound.tokensPerCapToken;
}

function nanoUsdAt(bound: Bound, cap: number): number {
  return bound.fixedNanoUsd + nanoUsdRoundedUp(cap * bound.picoUsdPerCapToken);
}

function checkBound(bound: Bound): void {
  assertQuantity(bound.capLeast, 'least cap');
  assertQuantity(bound.capWanted - bound.capLeast, 'cap wanted above the least cap');
  assertQuantity(bound.tokensPerCapToken, 'tokens for each token of the cap');
  assertQuantity(bound.fixedTokens, 'fixed tokens');
  assertQuantity(bound.fixedNanoUsd, 'fixed nano-dollars');
  assertQuantity(bound.picoUsdPerCapToken, 'pico-dollars for each token of the cap');
  const { timesOver = 1 } = bound;
  assertQuantity(timesOver - 1, 'times over');
  assertQuantity(tokensAt(bound, bound.capWanted) * timesOver, 'tokens of a hold');
  assertQuantity(nanoUsdAt(bound, bound.capWanted) * timesOver, 'nano-dollars of a hold');
}

function refuse(counted: CountedLimit, reservation: Reservation, room: Room, needed: number, at: EpochMs): Refusal {
  const { limit, counter } = counted;
  return { limit, ...room, needed, comeBack: comeBack() };

  function comeBack(): ComeBack {
    // The caller can ask for less, and need not wait.
    if (needed > limit.max || timesUnder(limit, reservation.bound) > 1) return { kind: 'never' };
    if (room.posted + needed <= limit.max) return { kind: 'holds' };
    const spent = { memberAt: reservation.replaces?.hold.at ?? at, amount: spentUnder(limit, reservation) };
    const back = postedFallsTo(counter, at, limit.max - needed, spent);
    return back === undefined ? { kind: 'never' } : { kind: 'at', at: back };
  }
}

/** Each account has a maximum of open holds, which bounds its memory. It reads as a limit of concurrency. */
function tooManyOpen(state: LedgerState): Refusal {
  const open = state.open.size;
  const limit = { metric: 'concurrency', window: total, max: openHoldsMax } as const;
  return { limit, posted: 0, held: open, free: 0, needed: 1, comeBack: { kind: 'holds' } };
}

/** Refuses what no longer adds up in exact integers. */
function inexact(state: LedgerState, reservation: Reservation, cap: number, at: EpochMs): Refusal | undefined {
  const call = callOf(reservation);
  for (const counter of state.counters.values()) {
    const { metric, window, scope } = counter;
    if ((metric !== 'usd' && metric !== 'tokens') || !inScope(scope, call)) continue;
    const counted = { limit: { metric, window, max: exactMax, ...(scope === undefined ? {} : { scope }) }, counter };
    const room = roomUnder(counted, reservation, at);
    if (room === undefined) continue;
    const needed = neededAt(counted, reservation, cap);
    if (needed > room.free) return refuse(counted, reservation, room, needed, at);
  }
  return undefined;
}

export interface LimitStanding extends Standing {
  /** When nothing of this will count any more. Undefined if there is nothing, or it never leaves. */
  readonly resetsAt: EpochMs | undefined;
}

/** Where an account stands under each of its limits, in their order. */
export function limitStandings(state: LedgerState, at: EpochMs): LimitStanding[] {
  return state.limits.map(({ counter }) => {
    return { ...standing(counter, at), resetsAt: emptiesAt(counter, at) };
  });
}
