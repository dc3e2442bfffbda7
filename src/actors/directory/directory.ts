import { DurableObject } from 'cloudflare:workers';
import { bundledDocument } from '../../catalog/bundled.ts';
import type { Env } from '../../env.ts';
import { pushBatchMax, pushWaitMs } from '../../limits.ts';
import type { Account, LedgerNote, LostLedger } from '../../core/account/protocol.ts';
import { Alarm } from '../alarm.ts';
import { accountOf, isExpected } from './account-change.ts';
import { AccountDelivery, type Delivery } from './account-delivery.ts';
import { answerIfAny } from '../../answer-within.ts';
import { ApiKeyTable, type StoredKey, recordOf } from './api-key-table.ts';
import { AuditTable } from './audit-table.ts';
import { CatalogDelivery, catalogText } from './catalog-delivery.ts';
import { CatalogTable } from './catalog-table.ts';
import { checkedCatalog } from './checked-catalog.ts';
import type * as protocol from './directory-protocol.ts';
import { migrate } from './directory-schema.ts';
import { inBatches } from './in-batches.ts';
import { parseJson } from './json.ts';
import { mergePatch } from './merge-patch.ts';
import { KeyCare } from './key-care.ts';
import { LedgerCare } from './ledger-care.ts';
import { LedgerTable } from './ledger-table.ts';
import { adoptNames } from './adopt-names.ts';
import { OrganizationCare, newOrganizationId } from './organization-care.ts';
import { OrganizationTable } from './organization-table.ts';
import { UserCare } from './user-care.ts';
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
  readonly #userCare: UserCare;
  readonly #organizations: OrganizationTable;
  readonly #organizationCare: OrganizationCare;
  readonly #keys: ApiKeyTable;
  readonly #keyCare: KeyCare;
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
    adoptNames(ctx.storage, newOrganizationId, Date.now());
    const change: protocol.Change = (entry, nowMs, write) => this.#change(entry, nowMs, write);
    this.#organizations = new OrganizationTable(sql);
    const [organizations, users] = [this.#organizations, this.#users];
    const deliverAllOf = (userIds: readonly string[]): Promise<boolean> => this.#deliverAllOf(userIds);
    this.#organizationCare = new OrganizationCare({ organizations, users, keys, change, deliverAllOf });
    const care = this.#organizationCare;
    this.#userCare = new UserCare({ users, keys, organizations: care, change, deliverAllOf });
    const accountOfKey = (key: StoredKey): Account => {
      // What a deleted user's keys have come to is still owed to the organisation.
      const organization = this.#users.organizationOf(key.userId);
      const above = organization === undefined ? undefined : this.#organizations.findAny(organization);
      return accountOf(key, this.#users.find(key.userId), above);
    };
    this.#accounts = new AccountDelivery(keys, this.#audit, env.TENANT, accountOfKey);
    const deliver = (keyId: string): Promise<Delivery> => this.#deliver(keyId);
    this.#keyCare = new KeyCare({ users: this.#users, keys, accounts: this.#accounts, change, deliver });
    this.#ledgers = new LedgerCare({
      keys,
      ledgers: new LedgerTable(sql),
      tenants: env.TENANT,
      accountOf: accountOfKey,
      users: this.#users,
      organizations: this.#organizations,
      change,
    });
    this.#catalogCopies = new CatalogDelivery(this.#catalog, env.CATALOG);
    this.#alarm = new Alarm(ctx.storage);
    this.#arm();
  }

  async createOrganization(
    organization: protocol.NewOrganization,
    who: string,
  ): Promise<protocol.Done<protocol.OrganizationRecord> | protocol.OrganizationProblem> {
    return this.#organizationCare.create(organization, who);
  }

  async organizations(list: protocol.OrganizationList): ReturnType<protocol.DirectoryProtocol['organizations']> {
    return this.#organizationCare.list(list);
  }

  async organization(idOrName: string): Promise<protocol.OrganizationRecord | protocol.UnknownOrganization> {
    return this.#organizationCare.called(idOrName);
  }

  async changeOrganization(...change: Parameters<OrganizationCare['change']>): Promise<protocol.OrganizationOutcome> {
    return this.#organizationCare.change(...change);
  }

  async deleteOrganization(...request: Parameters<OrganizationCare['delete']>): Promise<protocol.DeletedOutcome> {
    return this.#organizationCare.delete(...request);
  }

  async usersOf(
    organization: string,
    page: protocol.PageRequest,
  ): Promise<protocol.RecordPage<protocol.UserRecord> | protocol.UnknownOrganization> {
    const found = this.#organizationCare.called(organization);
    return 'kind' in found ? found : this.#users.list({ ...page, organization: found.id });
  }

  async createUser(
    user: protocol.NewUser,
    who: string,
  ): Promise<protocol.Done<protocol.UserRecord> | protocol.EmailTaken | protocol.UnknownOrganization> {
    return this.#userCare.create(user, who);
  }

  async users(list: protocol.UserList): ReturnType<protocol.DirectoryProtocol['users']> {
    return this.#userCare.list(list);
  }

  async user(id: string): Promise<protocol.UserRecord | undefined> {
    return this.#users.find(id);
  }

  async changeUser(
    ...change: Parameters<UserCare['change']>
  ): Promise<protocol.UserOutcome | protocol.EmailTaken | protocol.UnknownOrganization> {
    return this.#userCare.change(...change);
  }

  async deleteUser(...request: Parameters<UserCare['delete']>): Promise<protocol.UserOutcome> {
    return this.#userCare.delete(...request);
  }

  async createKey(
    key: protocol.NewKey,
    who: string,
  ): Promise<protocol.Done<protocol.KeyRecord> | protocol.Missing | protocol.TooManyKeys> {
    return this.#keyCare.create(key, who);
  }

  async keys(userId: string, page: protocol.PageRequest): Promise<protocol.RecordPage<protocol.KeyRecord> | undefined> {
    return this.#users.find(userId) === undefined ? undefined : this.#keys.list(userId, page);
  }

  async key(userId: string, id: string): Promise<protocol.KeyRecord | undefined> {
    const key = this.#keyCare.find({ userId, id });
    return key === undefined ? undefined : recordOf(key);
  }

  async anyKey(id: string): Promise<protocol.KeyRecord | undefined> {
    const key = this.#keys.find(id);
    return key === undefined ? undefined : this.key(key.userId, id);
  }

  async changeKey(...change: Parameters<KeyCare['change']>): Promise<protocol.KeyOutcome> {
    return this.#keyCare.change(...change);
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

  async isUsed(accountId: string): Promise<boolean> {
    return this.#ledgers.isUsed(accountId);
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

  async #deliver(keyId: string): Promise<Delivery> {
    const delivery = await this.#accounts.deliver(keyId);
    this.#arm();
    return delivery;
  }

  async #deliverAllOf(userIds: readonly string[]): Promise<boolean> {
    const deliveries = await this.#accounts.deliverAll(userIds.flatMap((userId) => this.#keys.pendingOf(userId)));
    this.#arm();
    return deliveries.every((delivery) => delivery !== 'unreachable');
  }

  /** Sets the one alarm anew, to the earliest of what is to be delivered again: that may be later than it was. */
  #arm(): void {
    const times = [this.#keys.earliestPushAt(), this.#catalog.pushAt()?.atMs].filter((atMs) => atMs !== undefined);
    this.#alarm.unset();
    if (times.length > 0) this.#alarm.set(Math.min(...times), Date.now());
  }
}
