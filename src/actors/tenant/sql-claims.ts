import type { HoldId } from '../../core/ledger/command.ts';
import { assert } from '../../assert.ts';
import type { EpochMs } from '../../core/ledger/epoch-ms.ts';
import type { Claim, ClaimChange, ClaimStore, KeptAnswer } from '../../core/account/claim.ts';
import type { SqlWrite } from './sql-store.ts';

/**
 * The claims of an account in its SQLite. Their ids are the places of their holds, so they are in the order of
 * admission. Answers have a table of their own, so that reading the small rows does not pass over large ones.
 */
export class SqlClaims implements ClaimStore {
  readonly #sql: SqlStorage;
  readonly #write: SqlWrite;

  constructor(sql: SqlStorage, write: SqlWrite) {
    this.#sql = sql;
    this.#write = write;
  }

  isEmpty(): boolean {
    return this.#sql.exec('SELECT 1 FROM claim LIMIT 1').toArray().length === 0;
  }

  tally(): { readonly claims: number; readonly bytes: number } {
    const query = 'SELECT count(*) AS claims, coalesce(sum(bytes), 0) AS bytes FROM claim';
    return this.#sql.exec<{ claims: number; bytes: number }>(query).one();
  }

  ofKey(key: string): Claim | undefined {
    const [row] = this.#sql.exec<ClaimSqlRow>(`${selectClaim} WHERE key = ?`, key).toArray();
    return row && claimOf(row);
  }

  ofHold(holdId: HoldId): Claim | undefined {
    const [row] = this.#sql.exec<ClaimSqlRow>(`${selectClaim} WHERE id = ?`, idOf(holdId)).toArray();
    return row && claimOf(row);
  }

  answerOf(holdId: HoldId): KeptAnswer | undefined {
    const query = 'SELECT status, content_type AS contentType, body FROM kept_answer WHERE id = ?';
    const [row] = this.#sql.exec<AnswerSqlRow>(query, idOf(holdId)).toArray();
    return row && { status: row.status, contentType: row.contentType, body: new Uint8Array(row.body) };
  }

  oldestAt(): number | undefined {
    return this.#sql.exec<{ at: number }>('SELECT at FROM claim ORDER BY id LIMIT 1').toArray()[0]?.at;
  }

  *all(): Iterable<Claim> {
    for (const row of this.#sql.exec<ClaimSqlRow>(`${selectClaim} ORDER BY id`)) yield claimOf(row);
  }

  *answered(): Iterable<{ readonly holdId: HoldId; readonly bytes: number }> {
    const query = 'SELECT id, bytes FROM kept_answer ORDER BY id';
    for (const { id, bytes } of this.#sql.exec<{ id: number; bytes: number }>(query))
      yield { holdId: holdIdOf(id), bytes };
  }

  /** Runs within the caller's transaction. */
  apply(changes: readonly ClaimChange[]): void {
    for (const change of changes) this.#apply(change);
  }

  #apply(change: ClaimChange): void {
    switch (change.kind) {
      case 'claimed': {
        const { holdId, key, name, bodyHash, at } = change.claim;
        const query = 'INSERT INTO claim (id, key, name, body_hash, at) VALUES (?, ?, ?, ?, ?)';
        return this.#write(query, idOf(holdId), key, name, bodyHash, at);
      }
      case 'kept': {
        const id = idOf(change.holdId);
        const { status, contentType, body } = change.answer;
        this.#write('UPDATE claim SET bytes = ? WHERE id = ?', body.length, id);
        const query = 'INSERT INTO kept_answer (id, bytes, status, content_type, body) VALUES (?, ?, ?, ?, ?)';
        return this.#write(query, id, body.length, status, contentType, body);
      }
      case 'dropped':
        this.#write('UPDATE claim SET bytes = NULL WHERE id = ?', idOf(change.holdId));
        return this.#write('DELETE FROM kept_answer WHERE id = ?', idOf(change.holdId));
      case 'all-dropped':
        this.#write('UPDATE claim SET bytes = NULL WHERE bytes IS NOT NULL');
        return this.#write('DELETE FROM kept_answer');
      case 'freed':
        this.#write('DELETE FROM claim WHERE id = ?', idOf(change.holdId));
        return this.#write('DELETE FROM kept_answer WHERE id = ?', idOf(change.holdId));
    }
  }
}

/** A version a line, appended to the tables of an account. */
export const claimMigrations: readonly string[] = [
  `CREATE TABLE claim (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, body_hash TEXT NOT NULL,
     at INTEGER NOT NULL, bytes INTEGER) STRICT`,
  `CREATE TABLE kept_answer (id INTEGER PRIMARY KEY, bytes INTEGER NOT NULL, status INTEGER NOT NULL,
     content_type TEXT NOT NULL, body BLOB NOT NULL) STRICT`,
];

const selectClaim = 'SELECT id, key, name, body_hash AS bodyHash, at, bytes FROM claim';

interface ClaimSqlRow extends Record<string, SqlStorageValue> {
  id: number;
  key: string;
  name: string;
  bodyHash: string;
  at: number;
  bytes: number | null;
}

interface AnswerSqlRow extends Record<string, SqlStorageValue> {
  status: number;
  contentType: string;
  body: ArrayBuffer;
}

/** More events than a row of the journal can have: what a flush writes and what expires in it have maxima. */
const placesPerRow = 65_536;

function idOf(holdId: HoldId): number {
  const [seq = Number.NaN, place = Number.NaN] = holdId.split('.').map(Number);
  const id = seq * placesPerRow + place;
  assert(Number.isSafeInteger(id) && place < placesPerRow, `hold ${holdId} has a place in the journal`);
  return id;
}

function holdIdOf(id: number): HoldId {
  return `${Math.floor(id / placesPerRow)}.${id % placesPerRow}`;
}

function claimOf({ id, key, name, bodyHash, at, bytes }: ClaimSqlRow): Claim {
  // It was written as a time of the ledger.
  const claim = { key, holdId: holdIdOf(id), name, bodyHash, at: at as EpochMs };
  return bytes === null ? claim : { ...claim, bytes };
}
