import type { HoldId } from '../ledger/command.ts';
import type { Hold, LedgerState } from '../ledger/state.ts';
import { type EpochMs, epochMs } from '../ledger/epoch-ms.ts';
import { leaseMs, writtenLeaseMs } from '../../limits.ts';
import { type Doubt, doubtMs } from './doubt.ts';

/** What is on disk of a lease. */
type Written = Pick<Hold, 'id' | 'endsBy' | 'last'>;

/** For a hold that an actor doubted which is gone: it has had its time. */
const noDoubt: Doubt = { leftMs: 0 };

/**
 * How long the owner of each open hold is believed to be alive. Leases are in memory. On disk is only when each hold
 * ends (`endsBy`), whatever renewals were lost with the memory. No lease outlasts that, whether granted or given by an
 * actor that wakes. So an actor that wakes ends no hold whose owner may be alive, and a hold whose owner vanished ends
 * by then, however often its actor sleeps and wakes.
 *
 * A lease that is nearly over by the wall clock is doubted, and does not end yet: the clock may have been set ahead.
 * The last part of a lease must really pass, by the platform's timers. Whoever renews meanwhile keeps the lease.
 *
 * All granted leases have one length, and a renewal moves to the end. So the first is always the next to be doubted.
 * The times are of the wall clock: the ledger's time stands still after a jump back. When the clock is set back, every
 * lease is set back too, else it would last longer.
 */
export class Leases {
  /** When each will be doubted. */
  readonly #untilMs = new Map<HoldId, number>();
  readonly #doubts = new Map<HoldId, Doubt>();
  /** The holds that an actor gave the time of a doubt once more when it woke. */
  readonly #last = new Set<HoldId>();
  readonly #begun: Doubt[] = [];
  #seenMs = 0;

  static ofOpenHolds(ledger: LedgerState, nowMs: number): Leases {
    const leases = new Leases();
    leases.#seenMs = nowMs;
    const own = [...ledger.open.values()].filter(({ below }) => below === undefined);
    const until = own.map((hold) => {
      if (hold.last !== true) return [hold.id, Math.min(nowMs + leaseMs, hold.endsBy) - doubtMs] as const;
      leases.#last.add(hold.id);
      return [hold.id, Math.min(nowMs + doubtMs, hold.endsBy)] as const;
    });
    for (const [id, untilMs] of until.toSorted(([, one], [, other]) => one - other)) leases.#untilMs.set(id, untilMs);
    return leases;
  }

  grant(id: HoldId, nowMs: number): void {
    this.#see(nowMs);
    this.end(id);
    this.#untilMs.set(id, nowMs + leaseMs - doubtMs);
  }

  /**
   * Renews the lease of an open hold, if it has one. It must be written first if it would outlast what is on disk, if
   * what is on disk outlasts any lease, or if the one before was to be the last.
   */
  renew(hold: Written, nowMs: number): 'renewed' | 'lost' | 'to-be-written' {
    this.#see(nowMs);
    if (!this.#untilMs.has(hold.id) && !this.#doubts.has(hold.id)) return 'lost';
    const isWritten = nowMs + leaseMs <= hold.endsBy && hold.endsBy <= nowMs + writtenLeaseMs && hold.last !== true;
    if (!isWritten) return 'to-be-written';
    this.grant(hold.id, nowMs);
    return 'renewed';
  }

  end(id: HoldId): void {
    this.#untilMs.delete(id);
    this.#doubts.delete(id);
    this.#last.delete(id);
  }

  /** The holds whose leases have run out, oldest first. Begins to doubt those that nearly have, by the clock. */
  runOut(nowMs: number): HoldId[] {
    this.#see(nowMs);
    const doubt: Doubt = { leftMs: doubtMs };
    let hasBegun = false;
    for (const [id, untilMs] of this.#untilMs) {
      if (untilMs > nowMs) break;
      const isLast = this.#last.has(id);
      this.#untilMs.delete(id);
      this.#doubts.set(id, isLast ? noDoubt : doubt);
      hasBegun ||= !isLast;
    }
    if (hasBegun) this.#begun.push(doubt);
    return [...this.#doubts].filter(([, { leftMs }]) => leftMs <= 0).map(([id]) => id);
  }

  /** Doubts that have begun since the last call. The caller lets their time pass. */
  takeDoubts(): readonly Doubt[] {
    return this.#begun.splice(0);
  }

  get hasDoubts(): boolean {
    return this.#doubts.size > 0;
  }

  /** When the next lease is doubted. */
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
 * What an actor that wakes must write of a hold's lease, so that actors that wake later give no more. Mostly nothing.
 * If more is on disk than a lease can last, the clock was set back, or an old release wrote no lease: the hold gets one
 * from now. If the lease on disk is over, or ends before an owner can renew, the clock may have been set ahead: the
 * hold gets the time of a doubt, once.
 */
export function leaseAtWake(
  { endsBy, last }: Written,
  nowMs: number,
): { readonly endsBy: EpochMs; readonly last?: true } | undefined {
  const ofDoubt = { endsBy: epochMs(nowMs + doubtMs), last: true } as const;
  if (last === true) return endsBy > ofDoubt.endsBy ? ofDoubt : undefined;
  if (endsBy > nowMs + writtenLeaseMs) return { endsBy: epochMs(nowMs + leaseMs) };
  return endsBy < ofDoubt.endsBy ? ofDoubt : undefined;
}
