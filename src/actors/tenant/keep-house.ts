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

/** Writes a checkpoint, and forgets what is too old. Answers when more is to be pruned; undefined where nothing is. */
export function keepHouse(engine: Engine, store: SqlStore, nowMs: number): number | undefined {
  // Only what is behind a checkpoint can be pruned. Else a few rows more to read cost less than writing one.
  const isPruneDue = (store.oldestRowAt() ?? nowMs) + journalKeepMs <= nowMs;
  engine.checkpoint(isPruneDue ? 1 : checkpointRowsLeast);
  const keepRows = store.newestRowsWithin(journalKeepBytes, journalKeepRows);
  const pruned = store.prune(engine.checkpointedSeq, nowMs - journalKeepMs, keepRows, pruneRowsPerAlarm);
  engine.forgetOld(nowMs);
  return pruned < pruneRowsPerAlarm ? undefined : nowMs + pruneAgainMs;
}
