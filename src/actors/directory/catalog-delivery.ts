import { catalogKvKey } from '../../catalog/read-catalog.ts';
import { catalogCacheMs } from '../../limits.ts';
import type { CatalogTable } from './catalog-table.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { pushDelayMs } from './push-delay.ts';

/**
 * Copies the catalog to KV, where every isolate reads it. It always copies the newest version, and one copy ends before
 * the next begins, so that an older version never replaces a newer one.
 */
export class CatalogDelivery {
  readonly #table: CatalogTable;
  readonly #kv: Pick<KVNamespace, 'put'>;
  readonly #queue = new KeyedQueue();
  #copiedAgainAtMs = -Infinity;

  constructor(table: CatalogTable, kv: Pick<KVNamespace, 'put'>) {
    this.#table = table;
    this.#kv = kv;
  }

  static pushAtMs(nowMs: number): number {
    return nowMs + pushDelayMs(4);
  }

  /**
   * Has a missing copy made again. Many readers ask at once, and go on asking as long as KV caches what it last read:
   * so this counts once a minute.
   */
  copyAgain(nowMs: number): boolean {
    if (nowMs - this.#copiedAgainAtMs < catalogCacheMs) return false;
    this.#copiedAgainAtMs = nowMs;
    this.#table.copyAgain(CatalogDelivery.pushAtMs(nowMs));
    return true;
  }

  /** Answers whether readers have the newest version now. */
  async deliver(): Promise<boolean> {
    return this.#queue.run(catalogKvKey, async () => {
      const pushAt = this.#table.pushAt();
      const stored = this.#table.read();
      if (pushAt === undefined || stored === undefined) return true;
      const isCopied = await this.#kv.put(catalogKvKey, catalogText(stored.version, stored.document)).then(
        () => true,
        () => false,
      );
      if (isCopied) this.#table.pushed(stored.version);
      else this.#table.pushFailed(Date.now() + pushDelayMs(pushAt.tries));
      return isCopied;
    });
  }

  async deliverDue(nowMs: number): Promise<void> {
    const pushAt = this.#table.pushAt();
    if (pushAt !== undefined && pushAt.atMs <= nowMs) await this.deliver();
  }
}

/** The document with its version, as it is read and shown. */
export function catalogText(version: number, document: string): string {
  return JSON.stringify({ version, ...JSON.parse(document) });
}
