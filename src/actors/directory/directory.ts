import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../../env.ts';
import type { Account, LedgerNote, LostLedger } from '../../core/account/protocol.ts';
import { Alarm } from '../alarm.ts';
import { AccountDelivery, type Delivery } from './account-delivery.ts';
import { ApiKeyTable, recordOf } from './api-key-table.ts';
import type { AuditEntry, Change, NewAuditEntry } from './audit-entry.ts';
import { AuditTable } from './audit-table.ts';
import { CatalogCare } from './catalog-care.ts';
import { CatalogDelivery } from './catalog-delivery.ts';
import { CatalogTable } from './catalog-table.ts';
import type * as protocol from './directory-protocol.ts';
import { Descriptions } from './descriptions.ts';
import { migrate } from './directory-schema.ts';
import { KeyCare } from './key-care.ts';
import { LedgerCare } from './ledger-care.ts';
import { LedgerTable } from './ledger-table.ts';
import { LevelCare } from './level-care.ts';
import { LevelTable } from './level-table.ts';
import { adoptNames } from './adopt-names.ts';
import { OrganizationCare, newOrganizationId } from './organization-care.ts';
import { OrganizationTable } from './organization-table.ts';
import { ResetCare } from './reset-care.ts';
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
  readonly #levelTable: LevelTable;
  readonly #aboveKeys: AccountDelivery;
  readonly #catalogCopies: CatalogDelivery;
  readonly #catalogCare: CatalogCare;
  readonly #ledgers: LedgerCare;
  readonly #resets: ResetCare;
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
    const change: Change = (entry, nowMs, write) => this.#change(entry, nowMs, write);
    this.#organizations = new OrganizationTable(sql);
    const [organizations, users] = [this.#organizations, this.#users];
    const deliverAllOf = (userIds: readonly string[]): Promise<boolean> => this.#deliverAllOf(userIds);
    const ledgers = new LedgerTable(sql);
    const audit = this.#audit;
    const { TENANT: tenants } = env;
    this.#levelTable = new LevelTable(sql, users, organizations);
    const descriptions = new Descriptions(keys, users, organizations);
    const refusedAt = (id: string): string => (id.startsWith('u_') ? 'user.refused' : 'organization.refused');
    this.#aboveKeys = new AccountDelivery(this.#levelTable, audit, tenants, (id) => descriptions.above(id), refusedAt);
    const levels = new LevelCare({
      table: this.#levelTable,
      accounts: this.#aboveKeys,
      isUsed: (id) => ledgers.isUsed(id),
      deliver: (id) => this.#delivered(this.#aboveKeys.deliver(id)),
    });
    this.#organizationCare = new OrganizationCare({ organizations, users, keys, levels, change, deliverAllOf });
    const care = this.#organizationCare;
    this.#userCare = new UserCare({ users, keys, organizations: care, levels, change, deliverAllOf });
    this.#accounts = new AccountDelivery(
      keys,
      audit,
      tenants,
      (id) => descriptions.ofKey(id),
      () => 'key.refused',
    );
    const deliver = (keyId: string): Promise<Delivery> => this.#delivered(this.#accounts.deliver(keyId));
    this.#keyCare = new KeyCare({ users: this.#users, keys, accounts: this.#accounts, change, deliver });
    this.#ledgers = new LedgerCare({ keys, ledgers, tenants, descriptions, change });
    this.#resets = new ResetCare({ users, keys, organizations: care, ledgers, tenants, change });
    this.#catalogCopies = new CatalogDelivery(this.#catalog, env.CATALOG);
    this.#catalogCare = new CatalogCare({
      env,
      table: this.#catalog,
      copies: this.#catalogCopies,
      change,
      arm: () => this.#arm(),
      background: (task) => ctx.waitUntil(task),
    });
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

  async pendingBelow(id: string): Promise<number> {
    return this.#organizationCare.pendingBelow(id);
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

  async resetQuota(...request: Parameters<ResetCare['user']>): ReturnType<ResetCare['user']> {
    return this.#resets.user(...request);
  }

  async resetOrganization(...request: Parameters<ResetCare['organization']>): ReturnType<ResetCare['organization']> {
    return this.#resets.organization(...request);
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
    return this.#catalogCare.forReaders();
  }

  async putCatalog(...request: Parameters<CatalogCare['put']>): Promise<protocol.CatalogOutcome> {
    return this.#catalogCare.put(...request);
  }

  async patchCatalog(...request: Parameters<CatalogCare['patch']>): Promise<protocol.CatalogOutcome> {
    return this.#catalogCare.patch(...request);
  }

  async recordChange(entry: NewAuditEntry): Promise<void> {
    this.#audit.insert(entry, Date.now());
  }

  async audit(page: protocol.PageRequest): Promise<protocol.RecordPage<AuditEntry>> {
    return this.#audit.list(page);
  }

  async undelivered(): Promise<{ keys: number; accounts: number; catalog: boolean }> {
    const accounts = this.#levelTable.pending().length;
    return { keys: this.#keys.pendingPushes(), accounts, catalog: this.#catalog.pushAt() !== undefined };
  }

  /** Delivers again. Failures are values: after six that are thrown, the platform gives an alarm up. */
  override async alarm(): Promise<void> {
    const nowMs = Date.now();
    const accounts = [this.#aboveKeys, this.#accounts].map((each) => each.deliverDue(nowMs));
    await Promise.all([...accounts, this.#catalogCopies.deliverDue(nowMs)]);
    this.#arm();
  }

  /** Writes a change and its audit entry, both or neither, and arms the alarm for its delivery. */
  #change(entry: NewAuditEntry, nowMs: number, write: () => void): void {
    this.ctx.storage.transactionSync(() => {
      write();
      this.#audit.insert(entry, nowMs);
    });
    this.#arm();
  }

  async #delivered(delivering: Promise<Delivery>): Promise<Delivery> {
    const delivery = await delivering;
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
    const pushes = [this.#keys.earliestPushAt(), this.#levelTable.earliestPushAt(), this.#catalog.pushAt()?.atMs];
    const times = pushes.filter((atMs) => atMs !== undefined);
    this.#alarm.unset();
    if (times.length > 0) this.#alarm.set(Math.min(...times), Date.now());
  }
}
