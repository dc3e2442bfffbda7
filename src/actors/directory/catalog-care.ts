import { bundledDocument } from '../../catalog/bundled.ts';
import type { Env } from '../../env.ts';
import { isExpected } from './account-change.ts';
import type { Change } from './audit-entry.ts';
import { CatalogDelivery, catalogText } from './catalog-delivery.ts';
import type { CatalogTable } from './catalog-table.ts';
import { checkedCatalog } from './checked-catalog.ts';
import type { CatalogOutcome, ExpectedVersions } from './directory-protocol.ts';
import { parseJson } from './json.ts';
import { mergePatch } from './merge-patch.ts';

/** What the directory gives it. */
interface CareNeeds {
  readonly env: Env;
  readonly table: CatalogTable;
  readonly copies: CatalogDelivery;
  readonly change: Change;
  /** Arms the alarm for what is to be delivered again. */
  readonly arm: () => void;
  readonly background: (task: Promise<unknown>) => void;
}

/** Writes the catalog, and sees to it that its readers have it. */
export class CatalogCare {
  readonly #needs: CareNeeds;

  constructor(needs: CareNeeds) {
    this.#needs = needs;
  }

  /** The text that readers find in KV, for one that found it missing or spoilt there. It is put there again. */
  forReaders(): string | undefined {
    const { table, copies, arm, background } = this.#needs;
    const stored = table.read();
    if (stored === undefined) return undefined;
    if (copies.copyAgain(Date.now())) {
      arm();
      background(copies.deliver().then(arm));
    }
    return catalogText(stored.version, stored.document);
  }

  async put(document: string, expected: ExpectedVersions, who: string): Promise<CatalogOutcome> {
    const { table, copies, change, arm } = this.#needs;
    const { version } = table;
    if (!isExpected(version, expected)) return { kind: 'version-mismatch', version };
    const next = version + 1;
    const nowMs = Date.now();
    const details = { version: next, characters: document.length };
    const entry = { who, action: 'catalog.written', subject: 'catalog', details };
    change(entry, nowMs, () => table.write(next, document, CatalogDelivery.pushAtMs(nowMs)));
    const isDelivered = await copies.deliver();
    arm();
    return isDelivered ? { kind: 'done', version: next, document } : { kind: 'stored' };
  }

  async patch(patch: string, expected: ExpectedVersions, who: string): Promise<CatalogOutcome> {
    const { env, table } = this.#needs;
    const stored = table.read();
    const version = stored?.version ?? 0;
    if (!isExpected(version, expected)) return { kind: 'version-mismatch', version };
    const before = stored === undefined ? bundledDocument : parseJson(stored.document);
    const checked = checkedCatalog(env, mergePatch(before, parseJson(patch)));
    return checked.kind === 'document' ? this.put(checked.text, [version], who) : checked;
  }
}
