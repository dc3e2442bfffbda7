import type { EpochMs } from '../ledger/units.ts';
import type { KeptResponse } from './kept-response.ts';
import type { ItemsOfResponse, ResponseChange, ResponsePlace, ResponseStore } from './response-store.ts';
import type { SqlWrite } from './sql-write.ts';

/**
 * The kept responses of an account in its own SQLite: a row each, and more where one would be larger than a row may be.
 * The texts are the last of its columns, so that whoever looks through the others does not read them.
 */
export class SqlResponses implements ResponseStore {
  readonly #sql: SqlStorage;
  readonly #write: SqlWrite;

  constructor(sql: SqlStorage, write: SqlWrite) {
    this.#sql = sql;
    this.#write = write;
  }

  isEmpty(): boolean {
    return this.#sql.exec('SELECT 1 FROM response LIMIT 1').toArray().length === 0;
  }

  tally(): { readonly responses: number; readonly bytes: number } {
    const query = 'SELECT count(*) AS responses, coalesce(sum(bytes), 0) AS bytes FROM response WHERE part = 0';
    return this.#sql.exec<{ responses: number; bytes: number }>(query).one();
  }

  find(id: string): ResponsePlace | undefined {
    const [row] = this.#sql.exec<PlaceSqlRow>(`${selectPlace} WHERE id = ? AND part = 0`, id).toArray();
    return row && placeOf(row);
  }

  itemIdsOf(id: string): readonly string[] | undefined {
    const query = 'SELECT id, item_ids AS itemIds FROM response WHERE id = ? AND part = 0';
    const [row] = this.#sql.exec<ItemsSqlRow>(query, id).toArray();
    return row && itemsOf(row).itemIds;
  }

  *backFrom(id: string): Iterable<ResponsePlace> {
    for (const row of this.#sql.exec<PlaceSqlRow>(selectBack, id)) yield placeOf(row);
  }

  *itemsBackFrom(id: string): Iterable<ItemsOfResponse> {
    for (const row of this.#sql.exec<ItemsSqlRow>(selectItemsBack, id)) yield itemsOf(row);
  }

  *all(): Iterable<ResponsePlace> {
    for (const row of this.#sql.exec<PlaceSqlRow>(`${selectPlace} WHERE part = 0 ORDER BY id`)) yield placeOf(row);
  }

  *items(): Iterable<ItemsOfResponse> {
    const query = 'SELECT id, item_ids AS itemIds FROM response WHERE part = 0 ORDER BY id DESC';
    for (const row of this.#sql.exec<ItemsSqlRow>(query)) yield itemsOf(row);
  }

  *read(ids: readonly string[]): Iterable<KeptResponse> {
    for (let from = 0; from < ids.length; from += idsPerQuery) {
      const some = JSON.stringify(ids.slice(from, from + idsPerQuery));
      const rows = this.#sql.exec<TextsSqlRow>(selectTexts, some).toArray();
      for (const [first, ...more] of Map.groupBy(rows, ({ id }) => id).values()) {
        if (first !== undefined) yield responseOf(first, more);
      }
    }
  }

  /** Within the transaction of whoever calls. */
  apply(changes: readonly ResponseChange[]): void {
    for (const change of changes) {
      if (change.kind === 'kept') this.#insert(change.place, change.response);
      else if (change.kind === 'forgotten') this.#write('DELETE FROM response WHERE id = ?', change.id);
      else this.#write('DELETE FROM response');
    }
  }

  #insert({ id, baseId, at, bytes }: ResponsePlace, { input, response, itemIds, provider }: KeptResponse): void {
    const inputBytes = encoder.encode(input);
    const body = joined([inputBytes, encoder.encode(response)]);
    const first = body.subarray(0, partBytes);
    this.#write(insert, id, 0, baseId ?? null, at, bytes, JSON.stringify(itemIds), provider, inputBytes.length, first);
    for (let part = 1; part * partBytes < body.length; part += 1) {
      const piece = body.subarray(part * partBytes, (part + 1) * partBytes);
      this.#write(insert, id, part, null, at, 0, '[]', '', 0, piece);
    }
  }
}

/** Appended to the tables of an account, a version a line, as they are all. */
export const responseMigrations: readonly string[] = [
  `CREATE TABLE response (id TEXT NOT NULL, part INTEGER NOT NULL, base_id TEXT, at INTEGER NOT NULL,
     bytes INTEGER NOT NULL, item_ids TEXT NOT NULL, provider TEXT NOT NULL, input_bytes INTEGER NOT NULL,
     body BLOB NOT NULL, PRIMARY KEY (id, part)) STRICT, WITHOUT ROWID`,
];

/** Of the texts of a response, in one row. The platform takes 2 MB of all its columns. */
const partBytes = 1_000_000;
const idsPerQuery = 1000;

const selectPlace = 'SELECT id, base_id AS baseId, at, bytes FROM response';

const back = `WITH RECURSIVE back (id, base_id, at, bytes, item_ids) AS (
    SELECT id, base_id, at, bytes, item_ids FROM response WHERE id = ? AND part = 0
    UNION ALL
    SELECT base.id, base.base_id, base.at, base.bytes, base.item_ids
      FROM back JOIN response AS base ON base.id = back.base_id AND base.part = 0)`;

const selectBack = `${back} SELECT id, base_id AS baseId, at, bytes FROM back`;

const selectItemsBack = `${back} SELECT id, item_ids AS itemIds FROM back`;

const selectTexts = `SELECT id, part, base_id AS baseId, item_ids AS itemIds, provider, input_bytes AS inputBytes, body
  FROM response WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id, part`;

const insert = `INSERT INTO response (id, part, base_id, at, bytes, item_ids, provider, input_bytes, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

interface PlaceSqlRow extends Record<string, SqlStorageValue> {
  id: string;
  baseId: string | null;
  at: number;
  bytes: number;
}

interface ItemsSqlRow extends Record<string, SqlStorageValue> {
  id: string;
  itemIds: string;
}

interface TextsSqlRow extends ItemsSqlRow {
  part: number;
  baseId: string | null;
  provider: string;
  inputBytes: number;
  body: ArrayBuffer;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function placeOf({ id, baseId, at, bytes }: PlaceSqlRow): ResponsePlace {
  // It was written as a time of the ledger.
  return { id, ...(baseId === null ? {} : { baseId }), at: at as EpochMs, bytes };
}

function itemsOf({ id, itemIds }: ItemsSqlRow): ItemsOfResponse {
  // It was written as such a list.
  return { id, itemIds: JSON.parse(itemIds) as string[] };
}

function responseOf(first: TextsSqlRow, more: readonly TextsSqlRow[]): KeptResponse {
  const { baseId, provider, inputBytes } = first;
  const body = joined([first, ...more].map((part) => new Uint8Array(part.body)));
  return {
    ...itemsOf(first),
    ...(baseId === null ? {} : { baseId }),
    input: decoder.decode(body.subarray(0, inputBytes)),
    response: decoder.decode(body.subarray(inputBytes)),
    provider,
  };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
