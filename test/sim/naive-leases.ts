import type { HoldId } from '../../src/ledger/command.ts';
import { callMsMax, leaseMs } from '../../src/limits.ts';
import type { TenantEvent } from '../../src/tenant/event.ts';
import { broken } from './broken-promise.ts';
import type { Instance } from './instance.ts';
import type { Asking } from './naive-answers.ts';
import type { NaiveLedger } from './naive-ledger.ts';
import { skewMsMax } from './step.ts';

/** What is known of the lease of one hold. All times are of the time that truly passes. */
interface Kept {
  /** By when the hold has ended in any case: its lease, and one more where the memory of it was lost. */
  endsByMs: number;
  /** Who gave it its last lease, and by when that one ends it if it is still awake. */
  by: Instance;
  leaseEndsByMs: number;
  /** Until when its owner goes on, having been told of a lease, and when it stops however many it is told of. */
  ownedUntilMs: number;
  readonly callEndsMs: number;
}

/** The clocks of two instances may be so far apart. */
const apartMs = 2 * skewMsMax;

/**
 * Promise 4 in time that truly passes, whatever the clocks show: a hold ends within its lease of the last renewal, and
 * within one more where that was forgotten, however often its actor sleeps and wakes; and none ends while its owner
 * goes on.
 */
export class NaiveLeases {
  readonly #ledger: NaiveLedger;
  readonly #clockMs: () => number;
  readonly #kept = new Map<HoldId, Kept>();
  /** By how much the clock was set in all, and how far ahead. */
  #jumpedMs = 0;
  #aheadMs = 0;

  constructor(ledger: NaiveLedger, clockMs: () => number) {
    this.#ledger = ledger;
    this.#clockMs = clockMs;
  }

  get #passedMs(): number {
    return this.#clockMs() - this.#jumpedMs;
  }

  /** The clock is set by so much. What is to end at a time of day ends later by as much, or earlier. */
  jumped(ms: number): void {
    this.#jumpedMs += ms;
    this.#aheadMs += Math.max(0, ms);
    for (const kept of this.#kept.values()) {
      kept.endsByMs += Math.max(0, -ms);
      kept.leaseEndsByMs += Math.max(0, -ms);
    }
  }

  /** By when every hold has ended, as the clock shows it. */
  get lastEndMs(): number {
    return this.#jumpedMs + Math.max(0, ...this.#kept.values().map(({ endsByMs }) => endsByMs));
  }

  /** What an instance wrote, and what it was asked meanwhile, whether or not anybody was answered. */
  written(events: readonly TenantEvent[], asked: Iterable<Asking>, by: Instance): void {
    for (const event of events) {
      if (event.type === 'expired') this.#ranOut(event.id);
      if (event.type === 'admitted') this.#admitted(event.id, by);
    }
    for (const asking of asked) if (asking.type === 'renew') this.#heard(asking.holdIds, by);
  }

  /** What an instance wrote was answered. */
  answered(events: readonly TenantEvent[], by: Instance): void {
    this.#told(events.flatMap((event) => (event.type === 'admitted' ? event.id : [])));
    if (by.isFresh) this.#woke();
    this.#check(by);
  }

  /** Owners were told that they have a lease, or have lost it, by the first of those that are awake. */
  renewed(holdIds: readonly HoldId[], lost: readonly HoldId[], [by, ...others]: readonly Instance[]): void {
    const renewed = holdIds.filter((id) => !lost.includes(id));
    for (const id of lost) if (this.#ledger.open.has(id)) this.#ranOut(id);
    if (by !== undefined) this.#heard(renewed, by);
    // The others will not know of it. The platform promises that there are none.
    if (others.length === 0) this.#told(renewed);
  }

  #admitted(id: HoldId, by: Instance): void {
    const callEndsMs = this.#passedMs + callMsMax + this.#aheadMs - apartMs;
    this.#kept.set(id, { by, endsByMs: 0, leaseEndsByMs: 0, ownedUntilMs: 0, callEndsMs });
    this.#heard([id], by);
  }

  #heard(ids: readonly HoldId[], by: Instance): void {
    for (const id of ids) {
      const kept = this.#kept.get(id);
      if (kept === undefined) continue;
      kept.by = by;
      kept.leaseEndsByMs = this.#passedMs + leaseMs + apartMs;
      kept.endsByMs = kept.leaseEndsByMs + leaseMs;
    }
  }

  #told(ids: readonly HoldId[]): void {
    for (const id of ids) {
      const kept = this.#kept.get(id);
      const untilMs = this.#passedMs + leaseMs + this.#aheadMs - apartMs;
      if (kept !== undefined) kept.ownedUntilMs = Math.min(untilMs, kept.callEndsMs);
    }
  }

  /** Whoever wakes and looks at the clock writes what it makes of it: a clock that was set back is over then. */
  #woke(): void {
    const latestMs = this.#passedMs + 2 * leaseMs + apartMs;
    for (const kept of this.#kept.values()) kept.endsByMs = Math.min(kept.endsByMs, latestMs);
  }

  #ranOut(id: HoldId): void {
    const leftMs = (this.#kept.get(id)?.ownedUntilMs ?? 0) - this.#aheadMs - this.#passedMs;
    if (leftMs > 0) broken('no leak', `hold ${id} ran out ${leftMs} ms before its owner stops`);
  }

  #check(by: Instance): void {
    for (const [id, kept] of this.#kept) {
      if (!this.#ledger.open.has(id)) {
        this.#kept.delete(id);
        continue;
      }
      const lateMs = this.#passedMs - (kept.by === by ? kept.leaseEndsByMs : kept.endsByMs);
      if (lateMs > 0) broken('no leak', `hold ${id} is open ${lateMs} ms after its end`);
    }
  }
}
