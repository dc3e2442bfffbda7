import { claimKeepMs, claimPruneSlackMs, journalKeepMs, journalPruneSlackMs } from '../../limits.ts';
import { responsePruneSlackMs } from './response-limits.ts';
import type { Engine } from './engine.ts';
import type { JournalStore } from './store.ts';

const never = Number.POSITIVE_INFINITY;

/** What is to be forgotten next. */
interface Oldest {
  readonly rowAtMs?: number | undefined;
  readonly claimAtMs?: number | undefined;
  /** When the first kept response is too old. */
  readonly responseOldMs?: number | undefined;
}

export function oldestOf(store: JournalStore, engine: Engine): Oldest {
  return {
    rowAtMs: store.oldestRowAt(),
    claimAtMs: store.claims.oldestAt(),
    responseOldMs: engine.nextForgetMs,
  };
}

/**
 * When an actor must be woken even if nobody calls it. Undefined if never.
 *
 * - A lease runs out: its hold is charged then, and not when somebody happens to look.
 * - The oldest row of the journal can be pruned, with those of the hour that followed. Or there was more to prune than
 *   is pruned at once.
 * - The oldest claim can be forgotten, with those of the hour that followed. Or a kept response can.
 *
 * A checkpoint alone is no reason: whatever wakes the actor writes one where many rows have come.
 */
export function nextAlarmMs(
  nextLeaseMs: number,
  { rowAtMs = never, claimAtMs = never, responseOldMs = never }: Oldest,
  pruneAtMs = never,
): number | undefined {
  const claimTooOldMs = claimAtMs + claimKeepMs + claimPruneSlackMs;
  const responseTooOldMs = responseOldMs + responsePruneSlackMs;
  const rowTooOldMs = rowAtMs + journalKeepMs + journalPruneSlackMs;
  const next = Math.min(nextLeaseMs, rowTooOldMs, claimTooOldMs, responseTooOldMs, pruneAtMs);
  return next === never ? undefined : next;
}

/**
 * Whether to ask the disk for what is oldest on it. Not if an alarm is set, so never in the steady state. Not if a
 * lease runs: it is over long before, and when the alarm rings for it this is asked again.
 */
export function mustAskDisk(isSet: boolean, nextLeaseMs: number): boolean {
  return !isSet && nextLeaseMs === never;
}
