import { catalogKvKey } from '../../catalog/read-catalog.ts';
import { catalogCacheMs } from '../../limits.ts';
import type { CatalogTable } from './catalog-table.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { pushDelayMs } from './push-delay.ts';

/**
 * Copies the catalog to KV, from where every isolate reads it. What is copied is always the newest, and one copy ends
 * before another begins, so that an older one never takes the place of a newer one.
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
   * Sees to it that readers get a copy once more, which they say is not there. Many say so at once, and go on saying so
   * for as long as KV remembers what it last read: they are believed once a minute.
   */
  copyAgain(nowMs: number): boolean {
    if (nowMs - this.#copiedAgainAtMs < catalogCacheMs) return false;
    this.#copiedAgainAtMs = nowMs;
    this.#table.copyAgain(CatalogDelivery.pushAtMs(nowMs));
    return true;
  }

  /** Whether readers have the newest version now. */
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

/** The document as it is read and shown: with its version in it. */
export function catalogText(version: number, document: string): string {
  return JSON.stringify({ version, ...JSON.parse(document) });
}
