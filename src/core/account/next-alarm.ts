import { claimKeepMs, claimPruneSlackMs, journalKeepMs } from '../../limits.ts';
import { responsePruneSlackMs } from './response-limits.ts';
import type { Engine } from './engine.ts';
import type { JournalStore } from './store.ts';

/** What is to be forgotten next. */
export interface Oldest {
  readonly rowAtMs?: number | undefined;
  readonly claimAtMs?: number | undefined;
  /** When the first of the kept responses is too old. */
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
 * When an actor must be woken even if nobody calls it; undefined if never.
 *
 * - A lease runs out: its hold is charged then, and not when somebody happens to look.
 * - The oldest row of the journal is old enough to be pruned, or more were to be pruned than may be at once.
 * - The oldest claim is old enough to be forgotten, with those of the hour that followed it; or a kept response is.
 *
 * A checkpoint is not a reason of its own: whatever wakes the actor writes one where many rows have come since the
 * last.
 */
export function nextAlarmMs(
  nextLeaseMs: number,
  oldest: Oldest,
  pruneAtMs = Number.POSITIVE_INFINITY,
): number | undefined {
  const rowTooOldMs = (oldest.rowAtMs ?? Number.POSITIVE_INFINITY) + journalKeepMs;
  const claimTooOldMs = (oldest.claimAtMs ?? Number.POSITIVE_INFINITY) + claimKeepMs + claimPruneSlackMs;
  const responseTooOldMs = (oldest.responseOldMs ?? Number.POSITIVE_INFINITY) + responsePruneSlackMs;
  const next = Math.min(nextLeaseMs, rowTooOldMs, claimTooOldMs, responseTooOldMs, pruneAtMs);
  return next === Number.POSITIVE_INFINITY ? undefined : next;
}

/**
 * Whether the disk is to be asked for what is oldest on it: only where no alarm is set, never in the steady state. Nor
 * where a lease runs: that is over long before, and when the alarm has rung for it this is asked again.
 */
export function mustAskDisk(isSet: boolean, nextLeaseMs: number): boolean {
  return !isSet && nextLeaseMs === Number.POSITIVE_INFINITY;
}
