import type { HoldId } from '../ledger/command.ts';
import type { Hold, LedgerState } from '../ledger/state.ts';
import { callMsMax, leaseMs, writtenLeaseMs } from '../limits.ts';

/** What is on disk of a hold's lease. */
type Written = Pick<Hold, 'id' | 'at' | 'endsBy'>;

/**
 * Until when each open hold's owner is believed to be alive. In memory; on disk is only by when each hold ends
 * (`endsBy`), whatever renewals were lost with the memory. No lease in memory outlasts that: so an actor that wakes
 * ends no hold whose owner may be alive. It gives no lease that outlasts it either: so a hold whose owner vanished ends
 * by then, however often its actor sleeps and wakes.
 *
 * All leases that are granted are of one length and a renewal moves to the end, so the first is always the next to run
 * out. These are times of the wall clock, and not of the ledger, whose time stands still after a jump back. When the
 * clock is set back, every lease is set back with it: otherwise it would last longer by as much.
 */
export class Leases {
  readonly #untilMs = new Map<HoldId, number>();
  #seenMs = 0;

  static ofOpenHolds(ledger: LedgerState, nowMs: number): Leases {
    const leases = new Leases();
    leases.#seenMs = nowMs;
    const untilMs = (hold: Written): number => {
      // An owner stops its call after `callMsMax`, so that a fresh lease would only keep a dead one's money back.
      if (hold.at + callMsMax < nowMs) return nowMs;
      return Math.min(nowMs + leaseMs, hold.endsBy);
    };
    const until = [...ledger.open.values()].map((hold) => [hold.id, untilMs(hold)] as const);
    for (const [id, endMs] of until.toSorted(([, one], [, other]) => one - other)) leases.#untilMs.set(id, endMs);
    return leases;
  }

  grant(id: HoldId, nowMs: number): void {
    this.#see(nowMs);
    this.#untilMs.delete(id);
    this.#untilMs.set(id, nowMs + leaseMs);
  }

  /**
   * Renews the lease of an open hold, if it has one. It has to be written first where it would outlast what is on disk,
   * or where what is on disk outlasts any lease.
   */
  renew(hold: Written, nowMs: number): 'renewed' | 'lost' | 'to-be-written' {
    this.#see(nowMs);
    const untilMs = this.#untilMs.get(hold.id);
    if (untilMs === undefined || untilMs <= nowMs) return 'lost';
    if (hold.at + callMsMax < nowMs) return 'renewed';
    if (nowMs + leaseMs > hold.endsBy || outlastsAnyLease(hold, nowMs)) return 'to-be-written';
    this.grant(hold.id, nowMs);
    return 'renewed';
  }

  end(id: HoldId): void {
    this.#untilMs.delete(id);
  }

  /** Those that have run out, oldest first. */
  runOut(nowMs: number): HoldId[] {
    this.#see(nowMs);
    const ids: HoldId[] = [];
    for (const [id, untilMs] of this.#untilMs) {
      if (untilMs > nowMs) break;
      ids.push(id);
    }
    return ids;
  }

  nextMs(): number | undefined {
    for (const untilMs of this.#untilMs.values()) return untilMs;
    return undefined;
  }

  #see(nowMs: number): void {
    const backMs = this.#seenMs - nowMs;
    this.#seenMs = nowMs;
    if (backMs <= 0) return;
    for (const [id, untilMs] of this.#untilMs) this.#untilMs.set(id, untilMs - backMs);
  }
}

/**
 * Whether more is on disk than a lease that was given by now can be worth: the clock was set back since, or a release
 * admitted it that wrote no leases. An actor that wakes and finds such a hold gives it a lease from now, and writes
 * that, so that those who wake after it give no more.
 */
export function outlastsAnyLease(hold: Written, nowMs: number): boolean {
  return hold.endsBy > nowMs + writtenLeaseMs;
}
