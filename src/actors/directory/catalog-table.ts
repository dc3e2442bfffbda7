import type { StoredCatalog } from './directory-protocol.ts';

/** Well below the limit of a row. */
const pieceBytes = 1024 * 1024;

type CatalogRow = { version: number; push_at: number | null; push_tries: number };

/** The catalog's newest document, as it was written, and whether it must still be copied for its readers. */
export class CatalogTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** 0 until a catalog is written. */
  get version(): number {
    return this.#row()?.version ?? 0;
  }

  read(): StoredCatalog | undefined {
    const row = this.#row();
    if (row === undefined) return undefined;
    const decoder = new TextDecoder();
    let document = '';
    for (const { bytes } of this.#sql.exec<{ bytes: ArrayBuffer }>('SELECT bytes FROM catalog_pieces ORDER BY piece')) {
      document += decoder.decode(bytes, { stream: true });
    }
    return { version: row.version, document: document + decoder.decode() };
  }

  write(version: number, document: string, pushAtMs: number): void {
    const bytes = new TextEncoder().encode(document);
    this.#sql.exec('DELETE FROM catalog_pieces');
    for (let start = 0, piece = 0; start < bytes.length; start += pieceBytes, piece += 1) {
      this.#sql.exec(
        'INSERT INTO catalog_pieces (piece, bytes) VALUES (?, ?)',
        piece,
        bytes.slice(start, start + pieceBytes),
      );
    }
    this.#sql.exec(
      'INSERT OR REPLACE INTO catalog (id, version, push_at, push_tries) VALUES (1, ?, ?, 0)',
      version,
      pushAtMs,
    );
  }

  /** When to make the readers' copy; undefined if they have it. */
  pushAt(): { readonly atMs: number; readonly tries: number } | undefined {
    const row = this.#row();
    return row === undefined || row.push_at === null ? undefined : { atMs: row.push_at, tries: row.push_tries };
  }

  copyAgain(pushAtMs: number): void {
    this.#sql.exec('UPDATE catalog SET push_at = ?, push_tries = 0 WHERE push_at IS NULL', pushAtMs);
  }

  pushed(version: number): void {
    this.#sql.exec('UPDATE catalog SET push_at = NULL, push_tries = 0 WHERE version = ?', version);
  }

  pushFailed(pushAtMs: number): void {
    this.#sql.exec('UPDATE catalog SET push_at = ?, push_tries = push_tries + 1 WHERE push_at IS NOT NULL', pushAtMs);
  }

  #row(): CatalogRow | undefined {
    const [row] = this.#sql.exec<CatalogRow>('SELECT version, push_at, push_tries FROM catalog').toArray();
    return row;
  }
}
