import type { HoldId } from '../ledger/command.ts';
import type { Hold, LedgerState } from '../ledger/state.ts';
import { type EpochMs, epochMs } from '../ledger/epoch-ms.ts';
import { leaseMs, writtenLeaseMs } from '../../limits.ts';
import { type Doubt, doubtMs } from './doubt.ts';

/** What is on disk of a hold's lease. */
type Written = Pick<Hold, 'id' | 'endsBy' | 'last'>;

/** Of a hold that was doubted by an actor which is gone: it has had its time. */
const noDoubt: Doubt = { leftMs: 0 };

/**
 * Until when each open hold's owner is believed to be alive. In memory; on disk is only by when each hold ends
 * (`endsBy`), whatever renewals were lost with the memory. No lease in memory outlasts that: so an actor that wakes
 * ends no hold whose owner may be alive. It gives no lease that outlasts it either: so a hold whose owner vanished ends
 * by then, however often its actor sleeps and wakes.
 *
 * A lease that the wall clock says is nearly over is doubted, and not yet ended: the clock may have been set ahead. Its
 * last part has truly to pass, as the platform's timers tell it, and whoever renews meanwhile keeps it.
 *
 * All leases that are granted are of one length and a renewal moves to the end, so the first is always the next to be
 * doubted. These are times of the wall clock, and not of the ledger, whose time stands still after a jump back. When
 * the clock is set back, every lease is set back with it: otherwise it would last longer by as much.
 */
export class Leases {
  /** From when each is doubted. */
  readonly #untilMs = new Map<HoldId, number>();
  readonly #doubts = new Map<HoldId, Doubt>();
  /** Those whose time was given once more already, by an actor that woke. */
  readonly #last = new Set<HoldId>();
  readonly #begun: Doubt[] = [];
  #seenMs = 0;

  static ofOpenHolds(ledger: LedgerState, nowMs: number): Leases {
    const leases = new Leases();
    leases.#seenMs = nowMs;
    const until = [...ledger.open.values()].map((hold) => {
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
   * Renews the lease of an open hold, if it has one. It has to be written first where it would outlast what is on disk,
   * where what is on disk outlasts any lease, and where it was to be the last.
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

  /**
   * Those that have run out, oldest first. Those of which the clock says that they nearly have are doubted from now on.
   */
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

  /** Doubts that have begun since this was asked last. Somebody has to let their time pass. */
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
 * What an actor that wakes has to write of a hold's lease, so that those who wake after it give no more. Nothing, as a
 * rule. Where more is on disk than a lease that was given by now can be worth, the clock was set back since, or a
 * release admitted the hold that wrote no leases: it gets one from now. Where what is on disk is over, or too soon for
 * an owner to renew before, the clock may have been set ahead: then the hold gets the time that this takes, once.
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
