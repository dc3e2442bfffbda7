import { migrate } from './account-schema.ts';
import { SqlClaims } from './sql-claims.ts';
import { SqlResponses } from './sql-responses.ts';
import type { Checkpoint, JournalRow, JournalStore, KeptChanges, Loaded, NamesRow } from '../../core/account/store.ts';

/** Runs a statement that writes. */
export type SqlWrite = (query: string, ...bindings: (string | number | null | Uint8Array)[]) => void;

/** A row of SQLite takes 2 MiB here. The checkpoint of ten thousand open holds is larger, so it is kept in parts. */
const partCharacters = 500_000;

/** A journal in the actor's SQLite. The statements of one turn are one transaction, and one fsync. */
export class SqlStore implements JournalStore {
  /** The rows that this instance has written, as the platform bills them. */
  rowsWritten = 0;
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly claims: SqlClaims;
  readonly responses: SqlResponses;
  #lastAt: number | undefined;
  #incarnation: string | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    const write: SqlWrite = (query, ...bindings) => void this.#write(query, ...bindings);
    this.claims = new SqlClaims(storage.sql, write);
    this.responses = new SqlResponses(storage.sql, write);
  }

  /** The name by which the directory knows this ledger. A ledger without a name takes `newName`. */
  incarnation(newName: string): string {
    this.#incarnation ??= this.#incarnationOnDisk(newName);
    return this.#incarnation;
  }

  #incarnationOnDisk(newName: string): string {
    const query = 'INSERT OR IGNORE INTO incarnation (id, name) VALUES (1, ?) RETURNING name';
    const cursor = this.#sql.exec<{ name: string }>(query, newName);
    const [given] = cursor.toArray();
    this.rowsWritten += cursor.rowsWritten;
    return (given ?? this.#sql.exec<{ name: string }>('SELECT name FROM incarnation').one()).name;
  }

  load(): Loaded {
    const { isNew } = migrate(this.#storage);
    if (isNew) {
      this.#lastAt = 0;
      return { checkpoint: undefined, names: [], rows: [] };
    }
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
      rows: this.after(seq ?? 0),
    };
  }

  append(row: JournalRow, kept: KeptChanges | undefined, checkpoint?: Checkpoint): void {
    const isSetBack = row.at < this.#newestRowAt();
    this.#lastAt = row.at;
    const isAlone = row.subjects === undefined && checkpoint === undefined && kept === undefined && !isSetBack;
    if (isAlone) return this.#insert(row);
    this.#storage.transactionSync(() => {
      this.#insert(row);
      if (row.subjects !== undefined) {
        this.#write('INSERT INTO subject (seq, said) VALUES (?, ?)', row.seq, row.subjects);
      }
      if (isSetBack) this.#write('INSERT INTO set_back (seq) VALUES (?)', row.seq);
      if (kept !== undefined) this.#applyKept(kept);
      if (checkpoint !== undefined) this.#replaceCheckpoint(checkpoint);
    });
  }

  forget(kept: KeptChanges): void {
    this.#storage.transactionSync(() => this.#applyKept(kept));
  }

  checkpoint(checkpoint: Checkpoint): void {
    this.#storage.transactionSync(() => this.#replaceCheckpoint(checkpoint));
  }

  prune(seq: number, beforeMs: number, keepRows: number, rowsMax: number): number {
    const old = `(SELECT seq FROM journal
      WHERE seq <= ?1 AND (at < ?2 OR seq <= (SELECT max(seq) FROM journal) - ?3) ORDER BY seq LIMIT ?4)`;
    return this.#storage.transactionSync(() => {
      this.#write(`DELETE FROM subject WHERE seq IN ${old}`, seq, beforeMs, keepRows, rowsMax);
      const pruned = this.#write(`DELETE FROM journal WHERE seq IN ${old}`, seq, beforeMs, keepRows, rowsMax);
      // A release that knew of no subjects, between two that do, has pruned their rows alone.
      this.#write(
        'DELETE FROM subject WHERE seq < coalesce((SELECT min(seq) FROM journal), ?)',
        Number.MAX_SAFE_INTEGER,
      );
      return pruned;
    });
  }

  /** How many of the newest rows fit into `bytesMax`, at most `rowsMax`. Reads lengths, and no texts. */
  newestRowsWithin(bytesMax: number, rowsMax: number): number {
    const query = `SELECT octet_length(events) + coalesce(octet_length(said), 0) AS bytes
      FROM journal LEFT JOIN subject USING (seq) ORDER BY seq DESC LIMIT ?`;
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

  after(seq: number): Iterable<JournalRow> {
    return this.#sql.exec<JournalSqlRow>('SELECT seq, at, events FROM journal WHERE seq > ? ORDER BY seq', seq);
  }

  *find(fromMs: number, toMs: number, text: string, fromSeq = 0): Iterable<JournalRow> {
    const query = `SELECT seq, at, events, said FROM journal LEFT JOIN subject USING (seq)
      WHERE seq >= ? AND seq < ? AND instr(events, ?) > 0 ORDER BY seq`;
    for (const stretch of this.#stretches()) {
      const from = Math.max(fromSeq, this.#firstSeqAt(fromMs, stretch));
      const to = this.#firstSeqAt(toMs + 1, stretch);
      for (const { said, ...row } of this.#sql.exec<SubjectSqlRow>(query, from, to, text)) {
        yield said === null ? row : { ...row, subjects: said };
      }
    }
  }

  /** The journal, cut where time was set back: along a stretch it never falls. */
  #stretches(): Stretch[] {
    const { low, high } = this.#sql
      .exec<{ low: number | null; high: number | null }>('SELECT min(seq) AS low, max(seq) AS high FROM journal')
      .one();
    if (low === null || high === null) return [];
    const cuts = this.#sql.exec<{ seq: number }>('SELECT seq FROM set_back WHERE seq > ? ORDER BY seq', low).toArray();
    const begins = [low, ...cuts.map(({ seq }) => seq)];
    return begins.map((begin, index) => ({ begin, end: begins[index + 1] ?? high + 1 }));
  }

  /** The first row of a stretch that is not older than `fromMs`. Found by halving, so that time needs no index. */
  #firstSeqAt(fromMs: number, { begin, end }: Stretch): number {
    let low = begin;
    let high = end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      // Rows may be missing: a later stretch may have been kept for longer.
      const query = 'SELECT seq, at FROM journal WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT 1';
      const [row] = this.#sql.exec<{ seq: number; at: number }>(query, middle, high).toArray();
      if (row !== undefined && row.at < fromMs) low = row.seq + 1;
      else high = middle;
    }
    return low;
  }

  #applyKept({ claims, responses }: KeptChanges): void {
    this.claims.apply(claims);
    this.responses.apply(responses);
  }

  #newestRowAt(): number {
    this.#lastAt ??= this.#sql
      .exec<{ at: number }>('SELECT at FROM journal ORDER BY seq DESC LIMIT 1')
      .toArray()[0]?.at;
    return this.#lastAt ?? 0;
  }

  #insert(row: JournalRow): void {
    this.#write('INSERT INTO journal (seq, at, events) VALUES (?, ?, ?)', row.seq, row.at, row.events);
  }

  #replaceCheckpoint({ seq, body, names, replacesNames, oldestGeneration }: Checkpoint): void {
    const parts = textParts(body, partCharacters);
    for (const [part, text] of parts.entries()) {
      this.#write('INSERT OR REPLACE INTO checkpoint (part, seq, body) VALUES (?, ?, ?)', part, seq, text);
    }
    this.#write('DELETE FROM checkpoint WHERE part >= ?', parts.length);
    if (replacesNames) this.#write('DELETE FROM names');
    for (const row of names) {
      this.#write('INSERT INTO names (generation, names) VALUES (?, ?)', row.generation, row.names.join(' '));
    }
    this.#write('DELETE FROM names WHERE generation < ?', oldestGeneration);
  }

  #write(query: string, ...bindings: readonly Parameters<SqlWrite>[1][]): number {
    const cursor = this.#sql.exec(query, ...bindings);
    this.rowsWritten += cursor.rowsWritten;
    return cursor.rowsWritten;
  }
}

interface Stretch {
  readonly begin: number;
  readonly end: number;
}

interface JournalSqlRow extends Record<string, SqlStorageValue> {
  seq: number;
  at: number;
  events: string;
}

type SubjectSqlRow = JournalSqlRow & { said: string | null };

/**
 * A text in parts of at most `charactersMax`, as JavaScript counts them. There is at least one part. None ends within a
 * character that takes two: each half alone would be written as another character.
 */
export function textParts(text: string, charactersMax: number): string[] {
  const parts: string[] = [];
  let from = 0;
  do {
    let to = from + charactersMax;
    const last = text.charCodeAt(to - 1);
    if (to < text.length && last >= 0xd800 && last <= 0xdbff) to -= 1;
    parts.push(text.slice(from, to));
    from = to;
  } while (from < text.length);
  return parts;
}
