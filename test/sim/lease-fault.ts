import type { Fault } from './fault.ts';

/** Mistakes that somebody could make with leases: what ends too late, and what ends while its owner goes on. */
export const leaseFaults: readonly Fault[] = [
  {
    what: 'an actor that wakes gives no lease to what is open',
    file: 'src/tenant/leases.ts',
    right: 'leases.#untilMs.set(id, endMs);',
    wrong: '{}',
    breaks: 'no leak',
  },
  {
    what: 'each wake gives every open hold a fresh lease again',
    file: 'src/tenant/leases.ts',
    right: 'return Math.min(nowMs + leaseMs, hold.endsBy);',
    wrong: 'return nowMs + leaseMs;',
    breaks: 'no leak',
  },
  {
    what: 'a renewal that outlasts what is on disk is not written',
    file: 'src/tenant/leases.ts',
    right: 'if (nowMs + leaseMs > hold.endsBy || ',
    wrong: 'if (',
    breaks: 'no leak',
  },
  {
    what: 'a renewal leaves a lease on disk that was written before the clock was set back',
    file: 'src/tenant/leases.ts',
    right: ' || outlastsAnyLease(hold, nowMs)) return',
    wrong: ') return',
    breaks: 'no leak',
  },
  {
    what: 'a renewal that is to be written is answered as if it were',
    file: 'src/tenant/open-row.ts',
    right: "this.record({ type: 'leased', id: hold.id, endsBy: epochMs(this.nowMs + writtenLeaseMs) });",
    wrong: 'hold.endsBy = epochMs(this.nowMs + writtenLeaseMs);',
    breaks: 'durable',
  },
  {
    what: 'an actor that wakes after the clock was set back writes no lease by it',
    file: 'src/tenant/execute.ts',
    right: 'if (!outlastsAnyLease(hold, row.nowMs)) continue;',
    wrong: 'continue;',
    breaks: 'no leak',
  },
  {
    what: 'a lease is not set back with the clock',
    file: 'src/tenant/leases.ts',
    right: 'this.#untilMs.set(id, untilMs - backMs);',
    wrong: 'this.#untilMs.set(id, untilMs);',
    breaks: 'no leak',
  },
  {
    what: 'what has run out is not ended',
    file: 'src/tenant/engine.ts',
    right: 'for (const holdId of this.#leases.runOut(nowMs)) executeLedger',
    wrong: 'for (const holdId of [] as string[]) executeLedger',
    breaks: 'no leak',
  },
  {
    what: 'a call is refused the room of a hold whose lease is over',
    file: 'src/tenant/engine.ts',
    right: 'for (const holdId of this.#leases.runOut(nowMs))',
    wrong: 'for (const holdId of deciding.length > 0 ? [] : this.#leases.runOut(nowMs))',
    breaks: 'no leak',
  },
];
