/** After a stop: each database of a folder in one file, without a write-ahead log beside it. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';

const logSuffix = '-wal';

/**
 * Writes what lies in write-ahead logs into the databases that they belong to, in a folder in which no workerd runs: it
 * leaves them behind as they are, and what is newest of an account, or all of it, may lie there. A copy of a database
 * without its log is then a copy of all there is. Answers which could not be merged: those are whole with their logs.
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
    // A second Ctrl-C is to be heard between two of thousands.
    await nextTurn();
  }
  return failed;
}

function merge(path: string): void {
  // SQLite would throw away the log of a database that is gone or empty, and with it what could still be rescued.
  if (statSync(path).size === 0) throw new Error('the database is empty');
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    // The last to close a database removes its log.
    database.close();
  }
}
