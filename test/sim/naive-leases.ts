import type { HoldId } from '../../src/core/ledger/command.ts';
import { leaseMs, writtenLeaseMs } from '../../src/limits.ts';
import { doubtAlarmMs, doubtMs } from '../../src/core/account/doubt.ts';
import type { TenantEvent } from '../../src/core/account/fold.ts';
import { broken } from './broken-promise.ts';
import type { Instance } from './instance.ts';
import type { Asking } from './naive-answers.ts';
import type { NaiveLedger } from './naive-ledger.ts';
import { skewMsMax } from './step.ts';
import type { TwoTimes } from './two-times.ts';

/** What is known of the lease of one hold. All times are of the time that truly passes. */
interface Kept {
  /** Who gave it its last lease, and when that one doubts it by the clock; and when any other does. */
  by: Instance;
  byDoubtsMs: number;
  othersDoubtMs: number;
  /** By when each instance ends it that has looked at the clock since then, if it stays awake. */
  endsMs: WeakMap<Instance, number>;
  /** By when it has ended in any case: whoever wakes that late gives it that much more, once. */
  lastEndMs: number;
  /** When its owner was last told of a lease, and what happened since. */
  toldMs: number;
  aheadMs: number;
  jumpsAhead: number;
  wakes: number;
}

/** The clocks of two instances may be so far apart. */
const apartMs = 2 * skewMsMax;

/**
 * Promise 4 in time that truly passes, whatever the clocks show. A hold ends within its lease of the last renewal, and
 * within one more where that was forgotten, however often its actor sleeps and wakes; or, where nobody looked at the
 * clock by then, soon after somebody does. And none ends while its owner goes on: without a jump of the clock not
 * before its lease is over, and whatever the clock does not within the time in which every owner that lives renews.
 */
export class NaiveLeases {
  readonly #ledger: NaiveLedger;
  readonly #time: TwoTimes;
  readonly #kept = new Map<HoldId, Kept>();
  /** By how much the clock was set back since an alarm was set. */
  #backMs = 0;

  constructor(ledger: NaiveLedger, time: TwoTimes) {
    this.#ledger = ledger;
    this.#time = time;
  }

  /** The clock is set by so much. What is to end at a time of day ends later by as much, or earlier. */
  jumped(ms: number): void {
    this.#backMs += Math.max(0, -ms);
    for (const kept of this.#kept.values()) {
      kept.aheadMs += Math.max(0, ms);
      if (ms > 0) kept.jumpsAhead += 1;
      if (ms > 0) continue;
      kept.byDoubtsMs -= ms;
      kept.othersDoubtMs -= ms;
      kept.lastEndMs = Infinity;
    }
  }

  /** An instance has woken, which knows what the disk says. */
  woke(): void {
    for (const kept of this.#kept.values()) kept.wakes += 1;
  }

  /** By when the actor is awake: an alarm that was set before the clock was set back is late by as much. */
  get wakesByMs(): number {
    return this.#time.passedMs + this.#backMs;
  }

  /** By when every hold has ended, if since that moment the actor is woken for its alarms, and dies each time. */
  lastEndMs(sinceMs: number): number {
    const doubtedMs = this.#kept.values().map(({ othersDoubtMs }) => othersDoubtMs);
    return Math.max(sinceMs, ...doubtedMs) + 2 * doubtAlarmMs + apartMs;
  }

  /** What an instance wrote, and what it was asked meanwhile, whether or not anybody was answered. */
  written(events: readonly TenantEvent[], asked: Iterable<Asking>, by: Instance): void {
    for (const event of events) {
      if (event.type === 'expired') this.#ranOut(event.id);
      if (event.type === 'admitted') this.#admitted(event.id, by);
    }
    for (const asking of asked) {
      if (asking.type === 'renew') this.#heard(asking.holdIds, by);
      const again = asking.type === 'admit' ? this.#ledger.idOf(asking.request.call.name) : undefined;
      if (again !== undefined) this.#heard([again], by);
    }
  }

  /** What an instance wrote was answered. */
  answered(events: readonly TenantEvent[], by: Instance): void {
    this.#told(events.flatMap((event) => (event.type === 'admitted' ? event.id : [])));
    if (by.isFresh) this.#look();
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
    const unheard = { byDoubtsMs: 0, othersDoubtMs: 0, endsMs: new WeakMap<Instance, number>(), lastEndMs: 0 };
    this.#kept.set(id, { by, ...unheard, toldMs: -Infinity, aheadMs: 0, jumpsAhead: 0, wakes: 0 });
    this.#heard([id], by);
  }

  #heard(ids: readonly HoldId[], by: Instance): void {
    const byDoubtsMs = this.#time.passedMs + leaseMs - doubtMs + apartMs;
    const othersDoubtMs = byDoubtsMs + writtenLeaseMs - leaseMs;
    for (const id of ids) {
      const kept = this.#kept.get(id);
      const unseen = { endsMs: new WeakMap(), lastEndMs: Infinity };
      if (kept !== undefined) Object.assign(kept, { by, byDoubtsMs, othersDoubtMs, ...unseen });
    }
  }

  #told(ids: readonly HoldId[]): void {
    for (const id of ids) {
      const kept = this.#kept.get(id);
      if (kept !== undefined) Object.assign(kept, { toldMs: this.#time.passedMs, aheadMs: 0, jumpsAhead: 0, wakes: 0 });
    }
  }

  /** Whoever wakes and looks at the clock writes what it makes of it: a clock that was set back is over then. */
  #look(): void {
    const latestMs = this.#time.passedMs + writtenLeaseMs + apartMs - doubtMs;
    for (const kept of this.#kept.values()) kept.othersDoubtMs = Math.min(kept.othersDoubtMs, latestMs);
  }

  #ranOut(id: HoldId): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    const untoldMs = this.#time.passedMs - kept.toldMs;
    if (untoldMs + kept.aheadMs < leaseMs - apartMs)
      broken('no leak', `hold ${id} ran out ${untoldMs} ms after its owner was told of a lease`);
    // Of how much time has passed since another instance was awake, only the clock tells.
    const byClock = kept.wakes > 1;
    if (byClock && kept.jumpsAhead > 1) return;
    if (untoldMs < doubtMs - (byClock ? apartMs : 0))
      broken('no leak', `hold ${id} was given away ${untoldMs} ms after its owner, which lives, had renewed it`);
  }

  #check(by: Instance): void {
    const { passedMs } = this.#time;
    this.#backMs = 0;
    for (const [id, kept] of this.#kept) {
      if (!this.#ledger.open.has(id)) {
        this.#kept.delete(id);
        continue;
      }
      const endMs = passedMs + doubtMs + apartMs;
      const isDoubted = passedMs >= (kept.by === by ? kept.byDoubtsMs : kept.othersDoubtMs);
      if (isDoubted && !kept.endsMs.has(by)) kept.endsMs.set(by, endMs);
      if (isDoubted && by.isFresh) kept.lastEndMs = Math.min(kept.lastEndMs, endMs);
      const lateMs = passedMs - Math.min(kept.lastEndMs, kept.endsMs.get(by) ?? Infinity);
      if (lateMs > 0) broken('no leak', `hold ${id} is open ${lateMs} ms after its end`);
    }
  }
}
