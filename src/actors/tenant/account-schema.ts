import { claimMigrations } from './sql-claims.ts';
import { responseMigrations } from './sql-responses.ts';

/** The tables of an account, a version a line. Append only: each line has run in some actor. */
export const migrations: readonly string[] = [
  'CREATE TABLE journal (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, events TEXT NOT NULL) STRICT',
  'CREATE TABLE checkpoint (part INTEGER PRIMARY KEY, seq INTEGER NOT NULL, body TEXT NOT NULL) STRICT',
  'CREATE TABLE names (id INTEGER PRIMARY KEY, generation INTEGER NOT NULL, names TEXT NOT NULL) STRICT',
  ...claimMigrations,
  'CREATE TABLE incarnation (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL) STRICT',
  // Rows that are of an earlier time than the one before them.
  'CREATE TABLE set_back (seq INTEGER PRIMARY KEY) STRICT',
  ...responseMigrations,
  // Whom the settlements of a row were about: what can be erased of it.
  'CREATE TABLE subject (seq INTEGER PRIMARY KEY, said TEXT NOT NULL) STRICT',
];

/** Says which versions a disk has: a row each. */
const versions = 'CREATE TABLE schema (version INTEGER PRIMARY KEY) STRICT';

/**
 * Makes the missing tables, all or none of them, and returns whether all were missing. The disk of an older release
 * gets them step by step. A new account gets them at once: new accounts come in crowds, and each statement by itself
 * costs as much again.
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
