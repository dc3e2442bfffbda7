import { changedUser, concernsBelow, isExpected } from './account-change.ts';
import { AccountDelivery } from './account-delivery.ts';
import type { ApiKeyTable } from './api-key-table.ts';
import type { Change } from './audit-entry.ts';
import type {
  Done,
  EmailTaken,
  ExpectedVersions,
  NewUser,
  RecordPage,
  UnknownOrganization,
  UserChange,
  UserList,
  UserOutcome,
  UserRecord,
} from './directory-protocol.ts';
import type { LevelCare } from './level-care.ts';
import type { OrganizationCare } from './organization-care.ts';
import type { UserTable } from './user-table.ts';

/** What the directory gives it. */
interface CareNeeds {
  readonly users: UserTable;
  readonly keys: ApiKeyTable;
  readonly organizations: OrganizationCare;
  readonly levels: LevelCare;
  readonly change: Change;
  /** Tells the accounts of users' keys what has changed. Answers whether all of them have heard it. */
  readonly deliverAllOf: (userIds: readonly string[]) => Promise<boolean>;
}

/** Makes, changes and deletes users. */
export class UserCare {
  readonly #needs: CareNeeds;

  constructor(needs: CareNeeds) {
    this.#needs = needs;
  }

  list(asked: UserList): RecordPage<UserRecord> | UnknownOrganization {
    const { users, organizations } = this.#needs;
    const organization = asked.organization === undefined ? undefined : organizations.called(asked.organization);
    if (organization !== undefined && 'kind' in organization) return organization;
    return users.list({ ...asked, ...(organization === undefined ? {} : { organization: organization.id }) });
  }

  create(asked: NewUser, who: string): Done<UserRecord> | EmailTaken | UnknownOrganization {
    const { users, change } = this.#needs;
    if (asked.email !== undefined && users.isTaken(asked.email)) return { kind: 'email-taken' };
    const owned = this.#owned(asked);
    if ('kind' in owned) return owned;
    const { user, name } = owned;
    const id = `u_${crypto.randomUUID().replaceAll('-', '')}`;
    const nowMs = Date.now();
    change({ who, action: 'user.created', subject: id, details: { ...user } }, nowMs, () => {
      users.insert(id, user, name, nowMs);
    });
    return { kind: 'done', record: { ...user, id, version: 1, createdAtMs: nowMs } };
  }

  async change(
    id: string,
    change: UserChange,
    expected: ExpectedVersions,
    who: string,
  ): Promise<UserOutcome | EmailTaken | UnknownOrganization> {
    return this.#needs.levels.inTurn(id, () => this.#change(id, change, expected, who));
  }

  async #change(
    id: string,
    change: UserChange,
    expected: ExpectedVersions,
    who: string,
  ): Promise<UserOutcome | EmailTaken | UnknownOrganization> {
    const { users, keys, levels, deliverAllOf } = this.#needs;
    const before = users.find(id);
    if (before === undefined) return { kind: 'missing' };
    if (!isExpected(before.version, expected)) return { kind: 'version-mismatch', version: before.version };
    const { email } = change;
    if (email !== undefined && email !== null && users.isTaken(email, id)) return { kind: 'email-taken' };
    const owned = this.#owned(changedUser(before, change));
    if ('kind' in owned) return owned;
    const { user: after, name } = owned;
    const concernsKeys = concernsBelow(before.policy, after.policy) || before.organization !== after.organization;
    const nowMs = Date.now();
    this.#needs.change({ who, action: 'user.changed', subject: id, details: { ...change } }, nowMs, () => {
      users.update(id, after, name);
      levels.push(id, before.policy, after.policy, nowMs);
      if (concernsKeys) keys.touchAllOf(id, AccountDelivery.pushAtMs(nowMs));
    });
    const told = await levels.tell(id);
    if (told === 'too-many-counters') return { kind: 'too-many-counters' };
    if (!(await deliverAllOf([id])) || told === 'unreachable') return { kind: 'stored' };
    const { version, createdAtMs } = before;
    return { kind: 'done', record: { ...after, id, version: version + 1, createdAtMs } };
  }

  async delete(id: string, expected: ExpectedVersions, who: string): Promise<UserOutcome> {
    const { users, keys, levels, change, deliverAllOf } = this.#needs;
    const before = users.find(id);
    if (before === undefined) return { kind: 'missing' };
    if (!isExpected(before.version, expected)) return { kind: 'version-mismatch', version: before.version };
    const nowMs = Date.now();
    change({ who, action: 'user.deleted', subject: id, details: {} }, nowMs, () => {
      users.delete(id, nowMs);
      levels.push(id, before.policy, { status: 'revoked' }, nowMs);
      keys.touchAllOf(id, AccountDelivery.pushAtMs(nowMs));
    });
    await levels.tell(id);
    return (await deliverAllOf([id])) ? { kind: 'done', record: before } : { kind: 'stored' };
  }

  /** The user with the id of its organisation in place of a name, and that name. */
  #owned(user: NewUser): { readonly user: NewUser; readonly name: string | undefined } | UnknownOrganization {
    if (user.organization === undefined) return { user, name: undefined };
    const organization = this.#needs.organizations.called(user.organization);
    if ('kind' in organization) return organization;
    return { user: { ...user, organization: organization.id }, name: organization.name };
  }
}
