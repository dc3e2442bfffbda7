import { joinBytes } from '../../join-bytes.ts';
import type { EpochMs } from '../../core/ledger/epoch-ms.ts';
import type { KeptResponse, KeptTurn } from '../../core/account/kept-response.ts';
import type {
  ItemsOfResponse,
  ResponseChange,
  ResponsePlace,
  ResponseStore,
} from '../../core/account/response-store.ts';
import type { SqlWrite } from './sql-store.ts';

/**
 * The kept responses of an account in its SQLite: a row each, or more if one row would be too large. SQLite reads a row
 * up to the last column that is asked for. So the texts come last: first what was said, then the rest, which no call
 * needs that builds on it.
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

  *turns(ids: readonly string[]): Iterable<KeptTurn> {
    for (let from = 0; from < ids.length; from += idsPerQuery) {
      const some = JSON.stringify(ids.slice(from, from + idsPerQuery));
      const rows = this.#sql.exec<TurnSqlRow>(selectTurns, some).toArray();
      for (const [first, ...more] of Map.groupBy(rows, ({ id }) => id).values()) {
        if (first !== undefined) yield turnOf(first, more);
      }
    }
  }

  read(id: string): KeptResponse | undefined {
    const [first, ...more] = this.#sql.exec<ResponseSqlRow>(selectResponse, id).toArray();
    if (first === undefined) return undefined;
    const rest = joinedBuffers([first, ...more].map((part) => part.rest));
    return { ...turnOf(first, more), rest: decoder.decode(rest) };
  }

  /** Runs within the caller's transaction. */
  apply(changes: readonly ResponseChange[]): void {
    for (const change of changes) {
      if (change.kind === 'kept') this.#insert(change.place, change.response);
      else if (change.kind === 'forgotten') this.#write('DELETE FROM response WHERE id = ?', change.id);
      else this.#write('DELETE FROM response');
    }
  }

  #insert({ id, baseId, at, bytes, turnBytes }: ResponsePlace, response: KeptResponse): void {
    const { itemIds, provider } = response;
    const input = encoder.encode(response.input);
    const said = joinBytes([input, encoder.encode(response.output)]);
    const rest = encoder.encode(response.rest);
    const [first = [], ...more] = partsOf(said, rest);
    const sizes = [bytes, turnBytes, input.length];
    this.#write(insert, id, 0, baseId ?? null, at, ...sizes, JSON.stringify(itemIds), provider, ...first);
    for (const [index, part] of more.entries()) {
      this.#write(insert, id, index + 1, null, at, 0, 0, 0, '[]', '', ...part);
    }
  }
}

/** A version a line, appended to the tables of an account. */
export const responseMigrations: readonly string[] = [
  `CREATE TABLE response (id TEXT NOT NULL, part INTEGER NOT NULL, base_id TEXT, at INTEGER NOT NULL,
     bytes INTEGER NOT NULL, turn_bytes INTEGER NOT NULL, input_bytes INTEGER NOT NULL, item_ids TEXT NOT NULL,
     provider TEXT NOT NULL, said BLOB NOT NULL, rest BLOB NOT NULL, PRIMARY KEY (id, part)) STRICT, WITHOUT ROWID`,
];

/** Of each text in one row. Both, with the ids of the items, are less than the 2 MB that the platform takes. */
const partBytes = 850_000;
const idsPerQuery = 1000;

const placeColumns = 'id, base_id AS baseId, at, bytes, turn_bytes AS turnBytes';
const selectPlace = `SELECT ${placeColumns} FROM response`;

const back = `WITH RECURSIVE back (id, base_id, at, bytes, turn_bytes, item_ids) AS (
    SELECT id, base_id, at, bytes, turn_bytes, item_ids FROM response WHERE id = ? AND part = 0
    UNION ALL
    SELECT base.id, base.base_id, base.at, base.bytes, base.turn_bytes, base.item_ids
      FROM back JOIN response AS base ON base.id = back.base_id AND base.part = 0)`;

const selectBack = `${back} SELECT ${placeColumns} FROM back`;

const selectItemsBack = `${back} SELECT id, item_ids AS itemIds FROM back`;

const turnColumns = 'id, base_id AS baseId, input_bytes AS inputBytes, item_ids AS itemIds, provider, said';
const selectTurns = `SELECT ${turnColumns} FROM response
  WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id, part`;
const selectResponse = `SELECT ${turnColumns}, rest FROM response WHERE id = ? ORDER BY part`;

const insert = `INSERT INTO response
    (id, part, base_id, at, bytes, turn_bytes, input_bytes, item_ids, provider, said, rest)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

interface PlaceSqlRow extends Record<string, SqlStorageValue> {
  id: string;
  baseId: string | null;
  at: number;
  bytes: number;
  turnBytes: number;
}

interface ItemsSqlRow extends Record<string, SqlStorageValue> {
  id: string;
  itemIds: string;
}

interface TurnSqlRow extends ItemsSqlRow {
  baseId: string | null;
  inputBytes: number;
  provider: string;
  said: ArrayBuffer;
}

interface ResponseSqlRow extends TurnSqlRow {
  rest: ArrayBuffer;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function placeOf({ id, baseId, at, bytes, turnBytes }: PlaceSqlRow): ResponsePlace {
  // It was written as a time of the ledger.
  return { id, ...(baseId === null ? {} : { baseId }), at: at as EpochMs, bytes, turnBytes };
}

function itemsOf({ id, itemIds }: ItemsSqlRow): ItemsOfResponse {
  // It was written as such a list.
  return { id, itemIds: JSON.parse(itemIds) as string[] };
}

function turnOf(first: TurnSqlRow, more: readonly TurnSqlRow[]): KeptTurn {
  const { baseId, provider, inputBytes } = first;
  const said = joinedBuffers([first, ...more].map((part) => part.said));
  return {
    ...itemsOf(first),
    ...(baseId === null ? {} : { baseId }),
    input: decoder.decode(said.subarray(0, inputBytes)),
    output: decoder.decode(said.subarray(inputBytes)),
    provider,
  };
}

/** The texts in as few rows as they need. */
function partsOf(...texts: readonly Uint8Array[]): Uint8Array[][] {
  const count = Math.max(1, ...texts.map(({ length }) => Math.ceil(length / partBytes)));
  return Array.from({ length: count }, (_, part) =>
    texts.map((text) => text.subarray(part * partBytes, (part + 1) * partBytes)),
  );
}

function joinedBuffers(buffers: readonly ArrayBuffer[]): Uint8Array {
  return joinBytes(buffers.map((buffer) => new Uint8Array(buffer)));
}
