import type { ClaimChange } from './claim.ts';
import { SqlClaims, claimMigrations } from './sql-claims.ts';
import type { Checkpoint, JournalRow, JournalStore, Loaded, NamesRow } from './store.ts';

/** The tables of an account, a version a line. Append only: each line has run in some actor somewhere. */
const migrations: readonly string[] = [
  'CREATE TABLE journal (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, events TEXT NOT NULL) STRICT',
  'CREATE TABLE checkpoint (part INTEGER PRIMARY KEY, seq INTEGER NOT NULL, body TEXT NOT NULL) STRICT',
  'CREATE TABLE names (id INTEGER PRIMARY KEY, generation INTEGER NOT NULL, names TEXT NOT NULL) STRICT',
  ...claimMigrations,
  'CREATE TABLE incarnation (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL) STRICT',
];

/**
 * A row of SQLite takes 2 MiB here, and the checkpoint of ten thousand open holds is larger: so it is kept in parts.
 */
const partCharacters = 500_000;

/** A journal in the actor's own SQLite. Statements of one turn are one transaction, and one fsync. */
export class SqlStore implements JournalStore {
  /** Rows that this instance has written, as the platform counts and bills them. */
  rowsWritten = 0;
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly claims: SqlClaims;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.claims = new SqlClaims(storage.sql, (query, ...bindings) => void this.#write(query, ...bindings));
  }

  /** Makes what tables are missing: all of them at the first use, nothing after. */
  #migrate(): void {
    this.#storage.transactionSync(() => {
      this.#sql.exec('CREATE TABLE IF NOT EXISTS schema (version INTEGER PRIMARY KEY) STRICT');
      const found = this.#sql.exec<{ version: number }>('SELECT count(*) AS version FROM schema').one().version;
      for (const [index, statement] of migrations.entries()) {
        if (index < found) continue;
        this.#sql.exec(statement);
        this.#sql.exec('INSERT INTO schema (version) VALUES (?)', index + 1);
      }
    });
  }

  /** The name by which the directory tells this ledger from another. One that has none yet gets the one given. */
  incarnation(newName: string): string {
    this.#write('INSERT OR IGNORE INTO incarnation (id, name) VALUES (1, ?)', newName);
    return this.#sql.exec<{ name: string }>('SELECT name FROM incarnation').one().name;
  }

  load(): Loaded {
    this.#migrate();
    const parts = this.#sql
      .exec<{ seq: number; body: string }>('SELECT seq, body FROM checkpoint ORDER BY part')
      .toArray();
    const seq = parts[0]?.seq;
    const checkpoint = seq === undefined ? undefined : { seq, body: parts.map(({ body }) => body).join('') };
    const names = this.#sql
      .exec<{ generation: number; names: string }>('SELECT generation, names FROM names')
      .toArray();
    return {
      checkpoint,
      names: names.map((row): NamesRow => ({ generation: row.generation, names: row.names.split(' ') })),
      rows: this.#sql.exec<JournalSqlRow>('SELECT seq, at, events FROM journal WHERE seq > ? ORDER BY seq', seq ?? 0),
    };
  }

  append(row: JournalRow, claims: readonly ClaimChange[], checkpoint?: Checkpoint): void {
    if (checkpoint === undefined && claims.length === 0) return this.#insert(row);
    this.#storage.transactionSync(() => {
      this.#insert(row);
      this.claims.apply(claims);
      if (checkpoint !== undefined) this.#replaceCheckpoint(checkpoint);
    });
  }

  forget(claims: readonly ClaimChange[]): void {
    this.#storage.transactionSync(() => this.claims.apply(claims));
  }

  checkpoint(checkpoint: Checkpoint): void {
    this.#storage.transactionSync(() => this.#replaceCheckpoint(checkpoint));
  }

  prune(seq: number, beforeMs: number, keepRows: number, rowsMax: number): number {
    return this.#write(
      `DELETE FROM journal WHERE seq IN (SELECT seq FROM journal
         WHERE seq <= ?1 AND (at < ?2 OR seq <= (SELECT max(seq) FROM journal) - ?3) ORDER BY seq LIMIT ?4)`,
      seq,
      beforeMs,
      keepRows,
      rowsMax,
    );
  }

  /** How many of the newest rows take up at most so many bytes, of at most `rowsMax`. Reads lengths, and no texts. */
  newestRowsWithin(bytesMax: number, rowsMax: number): number {
    const query = 'SELECT octet_length(events) AS bytes FROM journal ORDER BY seq DESC LIMIT ?';
    let rows = 0;
    let total = 0;
    for (const { bytes } of this.#sql.exec<{ bytes: number }>(query, rowsMax)) {
      total += bytes;
      if (total > bytesMax) break;
      rows += 1;
    }
    return rows;
  }

  lastSeq(): number {
    const query =
      'SELECT coalesce((SELECT max(seq) FROM journal), (SELECT seq FROM checkpoint WHERE part = 0), 0) AS seq';
    return this.#sql.exec<{ seq: number }>(query).one().seq;
  }

  oldestRowAt(): number | undefined {
    return this.#sql.exec<{ at: number }>('SELECT at FROM journal ORDER BY seq LIMIT 1').toArray()[0]?.at;
  }

  find(fromMs: number, toMs: number, text: string): Iterable<JournalRow> {
    const from = this.#firstSeqAt(fromMs);
    const end = this.#firstSeqAt(toMs + 1);
    const query =
      'SELECT seq, at, events FROM journal WHERE seq >= ? AND seq < ? AND instr(events, ?) > 0 ORDER BY seq';
    return this.#sql.exec<JournalSqlRow>(query, from, end, text);
  }

  /** The first row not older than `fromMs`, by halving: time never falls along the journal, and needs no index. */
  #firstSeqAt(fromMs: number): number {
    const ends = this.#sql
      .exec<{ low: number | null; high: number | null }>('SELECT min(seq) AS low, max(seq) AS high FROM journal')
      .one();
    let low = ends.low ?? 1;
    let high = (ends.high ?? 0) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const at = this.#sql.exec<{ at: number }>('SELECT at FROM journal WHERE seq = ?', middle).toArray()[0]?.at ?? 0;
      if (at < fromMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(row: JournalRow): void {
    this.#write('INSERT INTO journal (seq, at, events) VALUES (?, ?, ?)', row.seq, row.at, row.events);
  }

  #replaceCheckpoint({ seq, body, names, oldestGeneration }: Checkpoint): void {
    const parts = Math.max(1, Math.ceil(body.length / partCharacters));
    for (let part = 0; part < parts; part += 1) {
      const text = body.slice(part * partCharacters, (part + 1) * partCharacters);
      this.#write('INSERT OR REPLACE INTO checkpoint (part, seq, body) VALUES (?, ?, ?)', part, seq, text);
    }
    this.#write('DELETE FROM checkpoint WHERE part >= ?', parts);
    for (const row of names) {
      this.#write('INSERT INTO names (generation, names) VALUES (?, ?)', row.generation, row.names.join(' '));
    }
    this.#write('DELETE FROM names WHERE generation < ?', oldestGeneration);
  }

  #write(query: string, ...bindings: (string | number | Uint8Array)[]): number {
    const cursor = this.#sql.exec(query, ...bindings);
    this.rowsWritten += cursor.rowsWritten;
    return cursor.rowsWritten;
  }
}

interface JournalSqlRow extends Record<string, SqlStorageValue> {
  seq: number;
  at: number;
  events: string;
}
