/** What the clients of a scenario saw. */

import type { Endpoint } from './tally.ts';

export interface CrowdReport {
  calls: number;
  completed: number;
  refused: number;
  left: number;
  /** The client stayed, and the connection was lost: the gateway went away, or cut a stream that its provider cut. */
  lost: number;
  /** There was no gateway to connect to. Not among the calls. */
  unsent: number;
  /** Calls that only asked for the size of a message. Each counts as a request, and the provider never hears of it. */
  counted: number;
  /** Calls that were left or lost, and whose answer came by a repeat with the same idempotency key. */
  recovered: number;
  /** Answers that came again for a repeat, without a call. */
  replayed: number;
  /** What is wrong with answers to repeats. */
  readonly falseReplays: string[];
  /** Any other answer, by its status and code. */
  readonly others: Map<string, number>;
  readonly refusedAt: Map<Endpoint, number>;
  /** The ids of calls that got past the limit, if the client was told. */
  readonly requestIds: string[];
  readonly completedMs: number[];
  /** Refusals that lacked the headers or the body that `surface` promises. */
  malformedRefusals: number;
  /** Answers that were cut and look whole. */
  readonly malformedAnswers: string[];
}

export function emptyReport(): CrowdReport {
  return {
    calls: 0,
    completed: 0,
    refused: 0,
    left: 0,
    lost: 0,
    unsent: 0,
    counted: 0,
    recovered: 0,
    replayed: 0,
    falseReplays: [],
    others: new Map(),
    refusedAt: new Map(),
    requestIds: [],
    completedMs: [],
    malformedRefusals: 0,
    malformedAnswers: [],
  };
}

export function countIn<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
