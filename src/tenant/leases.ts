import type { HoldId } from '../ledger/command.ts';
import type { LedgerState } from '../ledger/state.ts';
import { callMsMax, leaseMs } from '../limits.ts';

/**
 * Until when each open hold's owner is believed to be alive. In memory only: an actor that wakes gives every hold one
 * fresh lease. All leases are of one length and a renewal moves to the end, so the first is always the next to run out.
 * These are times of the wall clock, and not of the ledger, whose time stands still after a jump back. When the clock
 * is set back, every lease is set back with it: otherwise it would last longer by as much.
 */
export class Leases {
  readonly #untilMs = new Map<HoldId, number>();
  #seenMs = 0;

  static ofOpenHolds(ledger: LedgerState, nowMs: number): Leases {
    const leases = new Leases();
    const tooOld: HoldId[] = [];
    for (const hold of ledger.open.values()) {
      // An owner stops its call after `callMsMax`, so that a fresh lease would only keep a dead one's money back.
      if (hold.at + callMsMax < nowMs) tooOld.push(hold.id);
    }
    for (const id of tooOld) leases.#untilMs.set(id, nowMs);
    for (const id of ledger.open.keys()) if (!leases.#untilMs.has(id)) leases.grant(id, nowMs);
    return leases;
  }

  grant(id: HoldId, nowMs: number): void {
    this.#see(nowMs);
    this.#untilMs.delete(id);
    this.#untilMs.set(id, nowMs + leaseMs);
  }

  /** Answers whether the hold had a lease to renew. */
  renew(id: HoldId, admittedAtMs: number, nowMs: number): boolean {
    this.#see(nowMs);
    const untilMs = this.#untilMs.get(id);
    if (untilMs === undefined || untilMs <= nowMs) return false;
    if (admittedAtMs + callMsMax >= nowMs) this.grant(id, nowMs);
    return true;
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
