import type { HoldId } from '../../src/core/ledger/command.ts';
import { fenceMs, leaseMs, renewEveryMs } from '../../src/limits.ts';

interface Owner {
  /** When it asks for its next renewal. */
  askMs: number;
  /** When it stops, if none has come through by then. */
  fencedMs: number;
  /** When its call is over. */
  readonly endsMs: number;
}

/**
 * The routers of calls that go on, as the lease keeper has them: each renews its lease in the time that truly passes,
 * whatever the clock of the account shows, and stops when no renewal comes through.
 */
export class Owners {
  readonly #owners = new Map<HoldId, Owner>();
  #haveVanished = false;

  begin(id: HoldId, passedMs: number, callMs: number): void {
    if (this.#haveVanished) return;
    this.#owners.set(id, { askMs: 0, fencedMs: 0, endsMs: passedMs + callMs });
    this.told(id, passedMs);
  }

  end(id: HoldId): void {
    this.#owners.delete(id);
  }

  /** All of them vanish, and no other comes. */
  vanish(): void {
    this.#owners.clear();
    this.#haveVanished = true;
  }

  get nextMs(): number {
    return Math.min(Infinity, ...this.#owners.values().map(({ askMs }) => askMs));
  }

  /** Whose lease is to be renewed now. Each asks again soon if it hears nothing. */
  due(passedMs: number): HoldId[] {
    const ids: HoldId[] = [];
    for (const [id, owner] of this.#owners) {
      if (owner.askMs > passedMs) continue;
      if (Math.min(owner.fencedMs, owner.endsMs) <= passedMs) this.#owners.delete(id);
      else ids.push(id);
      owner.askMs = passedMs + askAgainMs;
    }
    return ids;
  }

  told(id: HoldId, passedMs: number): void {
    const owner = this.#owners.get(id);
    if (owner === undefined) return;
    owner.askMs = passedMs + renewEveryMs;
    owner.fencedMs = passedMs + leaseMs - fenceMs;
  }
}

/** An answer is waited for, and then not asked for again at once. */
const askAgainMs = 15_000;
