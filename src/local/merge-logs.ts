/** After a stop, puts each database of a folder into one file, without a write-ahead log beside it. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';

const logSuffix = '-wal';

/**
 * Merges write-ahead logs into their databases, in a folder in which no workerd runs. workerd leaves the logs behind,
 * and the newest part of an account, or all of it, may be there. After this, a copy of the database alone is complete.
 * Returns those that could not be merged: they are complete together with their logs.
 */
export async function mergeLogs(folder: string): Promise<{ readonly file: string; readonly error: string }[]> {
  const failed: { file: string; error: string }[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith(logSuffix)) continue;
    const file = name.slice(0, -logSuffix.length);
    try {
      merge(join(folder, file));
    } catch (error) {
      failed.push({ file, error: String(error) });
    }
    // There may be thousands: a second Ctrl-C must be heard between two of them.
    await nextTurn();
  }
  return failed;
}

function merge(path: string): void {
  // If the database is gone or empty, SQLite would delete its log, and with it what could still be rescued.
  if (statSync(path).size === 0) throw new Error('the database is empty');
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    // Whoever closes a database last removes its log.
    database.close();
  }
}
