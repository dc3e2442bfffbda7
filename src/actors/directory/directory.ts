import { DurableObject } from 'cloudflare:workers';
import { bundledDocument } from '../../catalog/bundled.ts';
import type { Env } from '../../env.ts';
import { keysPerUserMax, pushBatchMax, pushWaitMs } from '../../limits.ts';
import { patchPolicy } from '../../core/account/policy.ts';
import type { Account, LedgerNote, LostLedger } from '../../core/account/protocol.ts';
import { Alarm } from '../alarm.ts';
import { accountOf, changedUser, isExpected, withLimitsOf } from './account-change.ts';
import { AccountDelivery, type Delivery, outcomeOf } from './account-delivery.ts';
import { answerIfAny } from '../../answer-within.ts';
import { ApiKeyTable, type KeySettings, type StoredKey, recordOf } from './api-key-table.ts';
import { AuditTable } from './audit-table.ts';
import { CatalogDelivery, catalogText } from './catalog-delivery.ts';
import { CatalogTable } from './catalog-table.ts';
import { checkedCatalog } from './checked-catalog.ts';
import type * as protocol from './directory-protocol.ts';
import { migrate } from './directory-schema.ts';
import { inBatches } from './in-batches.ts';
import { parseJson } from './json.ts';
import { mergePatch } from './merge-patch.ts';
import { LedgerCare } from './ledger-care.ts';
import { LedgerTable } from './ledger-table.ts';
import { UserTable } from './user-table.ts';

/** The name of the one instance. */
export const directoryName = 'directory';

/**
 * Holds users, their keys, the catalog, and who changed what. No request of a client comes here, but an account's actor
 * asks once, at its first use, what its account is. Later changes are pushed to it.
 *
 * There is no `await` between a check and the write that relies on it. A change that concerns others is written in one
 * transaction with the time of its next delivery, before anyone hears of it.
 */
export class Directory extends DurableObject<Env> implements protocol.DirectoryProtocol {
  readonly #users: UserTable;
  readonly #keys: ApiKeyTable;
  readonly #audit: AuditTable;
  readonly #catalog: CatalogTable;
  readonly #accounts: AccountDelivery;
  readonly #catalogCopies: CatalogDelivery;
  readonly #ledgers: LedgerCare;
  readonly #alarm: Alarm;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage);
    const { sql } = ctx.storage;
    this.#users = new UserTable(sql);
    this.#keys = new ApiKeyTable(sql);
    this.#audit = new AuditTable(sql);
    this.#catalog = new CatalogTable(sql);
    const keys = this.#keys;
    const accountOfKey = (key: StoredKey): Account => accountOf(key, this.#users.find(key.userId));
    this.#accounts = new AccountDelivery(keys, this.#audit, env.TENANT, accountOfKey);
    this.#ledgers = new LedgerCare({
      keys,
      ledgers: new LedgerTable(sql),
      tenants: env.TENANT,
      accountOf: accountOfKey,
      change: (entry, nowMs, write) => this.#change(entry, nowMs, write),
    });
    this.#catalogCopies = new CatalogDelivery(this.#catalog, env.CATALOG);
    this.#alarm = new Alarm(ctx.storage);
    this.#arm();
  }

  async createUser(
    user: protocol.NewUser,
    who: string,
  ): Promise<protocol.Done<protocol.UserRecord> | protocol.EmailTaken> {
    if (this.#users.isTaken(user.email)) return { kind: 'email-taken' };
    const id = `u_${crypto.randomUUID().replaceAll('-', '')}`;
    const nowMs = Date.now();
    this.#change({ who, action: 'user.created', subject: id, details: { ...user } }, nowMs, () => {
      this.#users.insert(id, user, nowMs);
    });
    return { kind: 'done', record: { ...user, id, version: 1, createdAtMs: nowMs } };
  }

  async users(page: protocol.PageRequest): Promise<protocol.RecordPage<protocol.UserRecord>> {
    return this.#users.list(page);
  }

  async user(id: string): Promise<protocol.UserRecord | undefined> {
    return this.#users.find(id);
  }

  async changeUser(
    id: string,
    change: protocol.UserChange,
    expected: protocol.ExpectedVersions,
    who: string,
  ): Promise<protocol.UserOutcome | protocol.EmailTaken> {
    const before = this.#users.find(id);
    if (before === undefined) return { kind: 'missing' };
    if (!isExpected(before.version, expected)) return { kind: 'version-mismatch', version: before.version };
    if (change.email !== undefined && this.#users.isTaken(change.email, id)) return { kind: 'email-taken' };
    const after = changedUser(before, change);
    const concernsKeys = before.policy.status !== after.policy.status || before.organization !== after.organization;
    const nowMs = Date.now();
    this.#change({ who, action: 'user.changed', subject: id, details: { ...change } }, nowMs, () => {
      this.#users.update(id, after);
      if (concernsKeys) this.#keys.touchAllOf(id, AccountDelivery.pushAtMs(nowMs));
    });
    if (!(await this.#deliverAllOf(id))) return { kind: 'stored' };
    const { version, createdAtMs } = before;
    return { kind: 'done', record: { ...after, id, version: version + 1, createdAtMs } };
  }

  async deleteUser(id: string, expected: protocol.ExpectedVersions, who: string): Promise<protocol.UserOutcome> {
    const before = this.#users.find(id);
    if (before === undefined) return { kind: 'missing' };
    if (!isExpected(before.version, expected)) return { kind: 'version-mismatch', version: before.version };
    const nowMs = Date.now();
    this.#change({ who, action: 'user.deleted', subject: id, details: {} }, nowMs, () => {
      this.#users.delete(id, nowMs);
      this.#keys.touchAllOf(id, AccountDelivery.pushAtMs(nowMs));
    });
    return (await this.#deliverAllOf(id)) ? { kind: 'done', record: before } : { kind: 'stored' };
  }

  async createKey(
    key: protocol.NewKey,
    who: string,
  ): Promise<protocol.Done<protocol.KeyRecord> | protocol.Missing | protocol.TooManyKeys> {
    if (this.#users.find(key.userId) === undefined) return { kind: 'missing' };
    if (this.#keys.countOf(key.userId) >= keysPerUserMax) return { kind: 'too-many-keys' };
    const { secretHash: _, ...details } = key;
    const nowMs = Date.now();
    this.#change({ who, action: 'key.created', subject: key.id, details }, nowMs, () => this.#keys.insert(key, nowMs));
    return { kind: 'done', record: { ...details, version: 1, createdAtMs: nowMs, pending: false } };
  }

  async keys(userId: string, page: protocol.PageRequest): Promise<protocol.RecordPage<protocol.KeyRecord> | undefined> {
    return this.#users.find(userId) === undefined ? undefined : this.#keys.list(userId, page);
  }

  async key(userId: string, id: string): Promise<protocol.KeyRecord | undefined> {
    const key = this.#findKey({ userId, id });
    return key === undefined ? undefined : recordOf(key);
  }

  async changeKey(
    ref: protocol.KeyRef,
    change: protocol.KeyChange,
    expected: protocol.ExpectedVersions,
    who: string,
  ): Promise<protocol.KeyOutcome> {
    return this.#accounts.inTurn(ref.id, async () => {
      // An earlier change is delivered first, so that the account's next answer is about this change alone.
      if (this.#findKey(ref)?.pending === true) await this.#deliver(ref.id);
      const before = this.#findKey(ref);
      if (before === undefined) return { kind: 'missing' };
      if (!isExpected(before.version, expected)) return { kind: 'version-mismatch', version: before.version };
      const policy = patchPolicy(before.policy, change.policy);
      const name = change.name ?? before.name;
      const isSame = name === before.name && JSON.stringify(policy) === JSON.stringify(before.policy);
      if (isSame) return before.pending ? { kind: 'stored' } : { kind: 'done', record: recordOf(before) };
      if (before.policy.status === 'revoked') return { kind: 'revoked' };
      this.#writeKey(before, { name, policy }, { who, action: 'key.changed', subject: ref.id, details: { ...change } });
      if (before.pending) return { kind: 'stored' };
      return outcomeOf(await this.#deliver(ref.id), this.#findKey(ref));
    });
  }

  async resetQuota(userId: string, who: string): Promise<{ keys: number; reached: number } | undefined> {
    if (this.#users.find(userId) === undefined) return undefined;
    const keyIds = this.#keys.activatedOf(userId);
    this.#change({ who, action: 'user.quota-reset', subject: userId, details: { keys: keyIds } }, Date.now(), () => {});
    const answers = await inBatches(keyIds, pushBatchMax, (keyId) =>
      answerIfAny(pushWaitMs, this.env.TENANT.getByName(keyId).reset()),
    );
    return { keys: keyIds.length, reached: answers.filter((answer) => answer !== undefined).length };
  }

  async describe(accountId: string, incarnation?: string): Promise<Account | LostLedger | undefined> {
    return this.#ledgers.introduce(accountId, incarnation, Date.now());
  }

  async note(accountId: string, note: LedgerNote): Promise<void> {
    this.#ledgers.note(accountId, note, Date.now());
    this.#arm();
  }

  async ledgers(): Promise<protocol.LedgerTrouble> {
    return this.#ledgers.trouble();
  }

  async restartLedger(accountId: string, who: string): Promise<protocol.RestartOutcome> {
    return this.#ledgers.restart(accountId, who);
  }

  async catalog(): Promise<protocol.StoredCatalog | undefined> {
    return this.#catalog.read();
  }

  async catalogForReaders(): Promise<string | undefined> {
    const stored = this.#catalog.read();
    if (stored === undefined) return undefined;
    if (this.#catalogCopies.copyAgain(Date.now())) {
      this.#arm();
      this.ctx.waitUntil(this.#catalogCopies.deliver().then(() => this.#arm()));
    }
    return catalogText(stored.version, stored.document);
  }

  async putCatalog(
    document: string,
    expected: protocol.ExpectedVersions,
    who: string,
  ): Promise<protocol.CatalogOutcome> {
    const { version } = this.#catalog;
    if (!isExpected(version, expected)) return { kind: 'version-mismatch', version };
    const next = version + 1;
    const nowMs = Date.now();
    const details = { version: next, characters: document.length };
    const entry = { who, action: 'catalog.written', subject: 'catalog', details };
    this.#change(entry, nowMs, () => this.#catalog.write(next, document, CatalogDelivery.pushAtMs(nowMs)));
    const isDelivered = await this.#catalogCopies.deliver();
    this.#arm();
    return isDelivered ? { kind: 'done', version: next, document } : { kind: 'stored' };
  }

  async patchCatalog(
    patch: string,
    expected: protocol.ExpectedVersions,
    who: string,
  ): Promise<protocol.CatalogOutcome> {
    const stored = this.#catalog.read();
    const version = stored?.version ?? 0;
    if (!isExpected(version, expected)) return { kind: 'version-mismatch', version };
    const before = stored === undefined ? bundledDocument : parseJson(stored.document);
    const checked = checkedCatalog(this.env, mergePatch(before, parseJson(patch)));
    return checked.kind === 'document' ? this.putCatalog(checked.text, [version], who) : checked;
  }

  async recordChange(entry: protocol.NewAuditEntry): Promise<void> {
    this.#audit.insert(entry, Date.now());
  }

  async audit(page: protocol.PageRequest): Promise<protocol.RecordPage<protocol.AuditEntry>> {
    return this.#audit.list(page);
  }

  async undelivered(): Promise<{ keys: number; catalog: boolean }> {
    return { keys: this.#keys.pendingPushes(), catalog: this.#catalog.pushAt() !== undefined };
  }

  /** Delivers again. Failures are values: after six that are thrown, the platform gives an alarm up. */
  override async alarm(): Promise<void> {
    const nowMs = Date.now();
    await Promise.all([this.#accounts.deliverDue(nowMs), this.#catalogCopies.deliverDue(nowMs)]);
    this.#arm();
  }

  /** Writes a change and its audit entry, both or neither, and arms the alarm for its delivery. */
  #change(entry: protocol.NewAuditEntry, nowMs: number, write: () => void): void {
    this.ctx.storage.transactionSync(() => {
      write();
      this.#audit.insert(entry, nowMs);
    });
    this.#arm();
  }

  #writeKey(before: StoredKey, after: KeySettings, entry: protocol.NewAuditEntry): void {
    const { id, name, policy, pending, fallback } = before;
    const last = pending && fallback !== undefined ? withLimitsOf(after, fallback) : { name, policy };
    const nowMs = Date.now();
    this.#change(entry, nowMs, () => {
      this.#keys.change(id, after, last, AccountDelivery.pushAtMs(nowMs));
    });
  }

  async #deliver(keyId: string): Promise<Delivery> {
    const delivery = await this.#accounts.deliver(keyId);
    this.#arm();
    return delivery;
  }

  async #deliverAllOf(userId: string): Promise<boolean> {
    const deliveries = await this.#accounts.deliverAll(this.#keys.pendingOf(userId));
    this.#arm();
    return deliveries.every((delivery) => delivery !== 'unreachable');
  }

  #findKey({ userId, id }: protocol.KeyRef): StoredKey | undefined {
    const key = this.#keys.find(id);
    return key?.userId === userId && this.#users.find(userId) !== undefined ? key : undefined;
  }

  /** Sets the one alarm anew, to the earliest of what is to be delivered again: that may be later than it was. */
  #arm(): void {
    const times = [this.#keys.earliestPushAt(), this.#catalog.pushAt()?.atMs].filter((atMs) => atMs !== undefined);
    this.#alarm.unset();
    if (times.length > 0) this.#alarm.set(Math.min(...times), Date.now());
  }
}
