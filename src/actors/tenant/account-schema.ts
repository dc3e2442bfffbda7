import { claimMigrations } from './sql-claims.ts';
import { responseMigrations } from './sql-responses.ts';

/** The tables of an account, a version a line. Append only: each line has run in some actor somewhere. */
export const migrations: readonly string[] = [
  'CREATE TABLE journal (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, events TEXT NOT NULL) STRICT',
  'CREATE TABLE checkpoint (part INTEGER PRIMARY KEY, seq INTEGER NOT NULL, body TEXT NOT NULL) STRICT',
  'CREATE TABLE names (id INTEGER PRIMARY KEY, generation INTEGER NOT NULL, names TEXT NOT NULL) STRICT',
  ...claimMigrations,
  'CREATE TABLE incarnation (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL) STRICT',
  // Rows that are of an earlier time than the one before them.
  'CREATE TABLE set_back (seq INTEGER PRIMARY KEY) STRICT',
  ...responseMigrations,
];

/** Where it is written which of them a disk has: a row each. */
const versions = 'CREATE TABLE schema (version INTEGER PRIMARY KEY) STRICT';

/**
 * Makes what tables are missing, all or none of them, and answers whether all were. What an older release has left
 * behind is brought up step by step. A new account gets everything at once: many of them come on one morning, and each
 * statement that is asked for by itself costs as much as running it.
 */
export function migrate(storage: DurableObjectStorage, steps = migrations): { readonly isNew: boolean } {
  const { sql } = storage;
  const isNew = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'schema'").toArray().length === 0;
  const found = isNew ? 0 : sql.exec<{ count: number }>('SELECT count(*) AS count FROM schema').one().count;
  if (isNew) storage.transactionSync(() => void sql.exec(allAtOnce(steps)));
  else if (found < steps.length) storage.transactionSync(() => step(sql, steps, found));
  return { isNew };
}

function allAtOnce(steps: readonly string[]): string {
  const numbers = steps.map((_, index) => `(${index + 1})`);
  return [versions, ...steps, `INSERT INTO schema (version) VALUES ${numbers.join(', ')}`].join(';\n');
}

function step(sql: SqlStorage, steps: readonly string[], found: number): void {
  for (const [index, statement] of steps.entries()) {
    if (index < found) continue;
    sql.exec(statement);
    sql.exec('INSERT INTO schema (version) VALUES (?)', index + 1);
  }
}
