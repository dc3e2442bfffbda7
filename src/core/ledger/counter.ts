import { postedMax } from '../../limits.ts';
import { type Metric, type Scope, counterKey } from './limit.ts';
import { assert } from '../../assert.ts';
import type { EpochMs } from './epoch-ms.ts';
import { type Window, periodAt, periodLeavesAt, periodsKept } from './window.ts';

/**
 * What was posted and what is held, per period of the window, in constant memory. Reading changes nothing: `standing`
 * looks past periods that have left. `change` drops those periods first.
 */
export interface Counter {
  readonly key: string;
  readonly metric: Metric;
  readonly window: Window;
  readonly scope: Scope | undefined;
  /** The newest period that was written. The rings end with it. */
  headPeriod: number;
  /** Rings by period modulo their length. */
  readonly posted: number[];
  readonly held: number[];
  postedSum: number;
  heldSum: number;
  /** The event since which this counter counts: its birth or its last reset. */
  sinceOrdinal: number;
}

/** The most that is posted and held in one counter together. */
export const exactMax = Number.MAX_SAFE_INTEGER;

export interface Standing {
  readonly posted: number;
  readonly held: number;
}

export function newCounter(metric: Metric, window: Window, scope: Scope | undefined, sinceOrdinal: number): Counter {
  const key = counterKey(metric, window, scope);
  const zeros = Array.from({ length: periodsKept(window) }, () => 0);
  const rings = { headPeriod: 0, posted: zeros, held: [...zeros], postedSum: 0, heldSum: 0 };
  return { key, metric, window, scope, ...rings, sinceOrdinal };
}

/** The sums over the periods that still count. Costs nothing within a period, and a step per period that passed. */
export function standing(counter: Counter, at: EpochMs): Standing {
  const passed = periodAt(counter.window, at) - counter.headPeriod;
  if (passed <= 0) return { posted: counter.postedSum, held: counter.heldSum };
  const kept = counter.posted.length;
  if (passed >= kept) return { posted: 0, held: 0 };
  let { postedSum, heldSum } = counter;
  for (let leaving = counter.headPeriod - kept + 1; leaving < counter.headPeriod - kept + 1 + passed; leaving += 1) {
    postedSum -= ringValue(counter.posted, leaving);
    heldSum -= ringValue(counter.held, leaving);
  }
  return { posted: postedSum, held: heldSum };
}

/** Whether a call that was admitted at `memberAt` still counts. */
export function stillCounts(counter: Counter, memberAt: EpochMs, at: EpochMs): boolean {
  return periodAt(counter.window, memberAt) > periodAt(counter.window, at) - counter.posted.length;
}

/**
 * Adds to what a call that was admitted at `memberAt` holds and posts. Amounts may be negative: a release, a
 * correction. Does nothing when the call's period has left, because what it held has left too. What was spent is a
 * fact, and cannot be refused: more than `postedMax` counts as `postedMax`.
 */
export function change(counter: Counter, memberAt: EpochMs, at: EpochMs, heldBy: number, postedBy: number): void {
  changeIn(counter, periodAt(counter.window, memberAt), at, heldBy, postedBy);
}

/** The same, for calls that were admitted in a period. */
export function changeIn(counter: Counter, period: number, at: EpochMs, heldBy: number, postedBy: number): void {
  advance(counter, at);
  if (period <= counter.headPeriod - counter.posted.length) return;
  assert(period <= counter.headPeriod, 'a call admitted after the present');
  const slot = ringSlot(counter.posted, period);
  counter.held[slot] = ringValue(counter.held, period) + heldBy;
  counter.heldSum += heldBy;
  assert(counter.heldSum >= 0, `what counter ${counter.key} holds fell below zero`);
  const before = ringValue(counter.posted, period);
  const room = Math.min(postedMax, exactMax - counter.heldSum) - counter.postedSum;
  const after = before + Math.max(-before, Math.min(room, postedBy));
  counter.posted[slot] = after;
  counter.postedSum += after - before;
  const sum = counter.heldSum + counter.postedSum;
  assert(sum <= exactMax, `counter ${counter.key} outgrew exact integers`);
}

/** Resets a quota: forgets what was posted, and keeps what is held. */
export function forgetPosted(counter: Counter, ordinal: number): void {
  counter.posted.fill(0);
  counter.postedSum = 0;
  counter.sinceOrdinal = ordinal;
}

/** Forgets what is held too, and begins to count at a moment that may be earlier. */
export function restart(counter: Counter, at: EpochMs): void {
  counter.held.fill(0);
  counter.heldSum = 0;
  counter.headPeriod = periodAt(counter.window, at);
}

/**
 * The first moment at which at most `atMost` still counts of what is posted now, which is more. Undefined if that never
 * comes. `more` counts as posted: what a call that was admitted at `memberAt`, and still counts, is about to post.
 */
export function postedFallsTo(
  counter: Counter,
  at: EpochMs,
  atMost: number,
  more: { readonly memberAt: EpochMs; readonly amount: number },
): EpochMs | undefined {
  let remaining = standing(counter, at).posted + more.amount;
  assert(0 <= atMost && atMost < remaining, 'nothing has to leave, or more than there is');
  const periodOfMore = periodAt(counter.window, more.memberAt);
  let period = Math.max(counter.headPeriod, periodAt(counter.window, at)) - counter.posted.length;
  while (remaining > atMost) {
    period += 1;
    remaining -= ringValue(counter.posted, period) + (period === periodOfMore ? more.amount : 0);
  }
  return periodLeavesAt(counter.window, period);
}

/** When nothing that is in the counter now will count any more. Undefined if it is empty, or that never comes. */
export function emptiesAt(counter: Counter, at: EpochMs): EpochMs | undefined {
  const oldest = periodAt(counter.window, at) - counter.posted.length + 1;
  for (let period = counter.headPeriod; period >= oldest; period -= 1) {
    if (ringValue(counter.posted, period) + ringValue(counter.held, period) === 0) continue;
    return periodLeavesAt(counter.window, period);
  }
  return undefined;
}

function advance(counter: Counter, at: EpochMs): void {
  const period = periodAt(counter.window, at);
  const passed = period - counter.headPeriod;
  if (passed <= 0) return;
  const kept = counter.posted.length;
  for (let entering = period - Math.min(passed, kept) + 1; entering <= period; entering += 1) {
    const slot = ringSlot(counter.posted, entering);
    counter.postedSum -= ringValue(counter.posted, entering);
    counter.heldSum -= ringValue(counter.held, entering);
    counter.posted[slot] = 0;
    counter.held[slot] = 0;
  }
  counter.headPeriod = period;
}

export function ringSlot(ring: readonly number[], period: number): number {
  const slot = period % ring.length;
  return slot < 0 ? slot + ring.length : slot;
}

export function ringValue(ring: readonly number[], period: number): number {
  const value = ring[ringSlot(ring, period)];
  assert(value !== undefined, 'a ring has a slot for every period');
  return value;
}
