import { journalKeepMs } from '../limits.ts';

/**
 * When an actor must be woken even if nobody calls it; undefined if never.
 *
 * - A lease runs out: its hold is charged then, and not when somebody happens to look.
 * - The oldest row of the journal is old enough to be pruned, or more were to be pruned than may be at once.
 *
 * A checkpoint is not a reason of its own: whatever wakes the actor writes one where many rows have come since the
 * last.
 */
export function nextAlarmMs(
  nextLeaseMs: number,
  oldestRowAtMs: number | undefined,
  pruneAtMs = Number.POSITIVE_INFINITY,
): number | undefined {
  const tooOldMs = oldestRowAtMs === undefined ? Number.POSITIVE_INFINITY : oldestRowAtMs + journalKeepMs;
  const next = Math.min(nextLeaseMs, tooOldMs, pruneAtMs);
  return next === Number.POSITIVE_INFINITY ? undefined : next;
}

/**
 * An alarm that is set is left alone unless it would come too late: each setting is billed as a write. One whose time
 * is over has rung already, or another instance has heard it: nothing can be left to it.
 */
export function mustArm(armedMs: number | undefined, wantedMs: number | undefined, nowMs: number): wantedMs is number {
  return wantedMs !== undefined && (armedMs === undefined || armedMs < nowMs || wantedMs < armedMs);
}
