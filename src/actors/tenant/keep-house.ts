import {
  checkpointRowsLeast,
  journalKeepBytes,
  journalKeepMs,
  journalKeepRows,
  pruneAgainMs,
  pruneRowsPerAlarm,
} from '../../limits.ts';
import type { Engine } from '../../core/account/engine.ts';
import type { SqlStore } from './sql-store.ts';

/** Writes a checkpoint, and forgets what is too old. Returns when to prune more. Undefined if there is no more. */
export function keepHouse(engine: Engine, store: SqlStore, nowMs: number): number | undefined {
  // Only what is behind a checkpoint can be pruned. Otherwise a few rows cost less to read than a checkpoint to write.
  const isPruneDue = (store.oldestRowAt() ?? nowMs) + journalKeepMs <= nowMs;
  engine.checkpoint(isPruneDue ? 1 : checkpointRowsLeast);
  const keepRows = store.newestRowsWithin(journalKeepBytes, journalKeepRows);
  const pruned = store.prune(engine.historySeq, nowMs - journalKeepMs, keepRows, pruneRowsPerAlarm);
  engine.forgetOld(nowMs);
  return pruned < pruneRowsPerAlarm ? undefined : nowMs + pruneAgainMs;
}
