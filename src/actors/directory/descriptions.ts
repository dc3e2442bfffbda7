import { adminAccount, adminAccountId } from '../../core/account/admin-account.ts';
import type { Account } from '../../core/account/protocol.ts';
import { accountAbove, accountOf } from './account-change.ts';
import type { ApiKeyTable } from './api-key-table.ts';
import type { OrganizationTable } from './organization-table.ts';
import type { UserTable } from './user-table.ts';

/** Says of each account what it is now. */
export class Descriptions {
  readonly #keys: ApiKeyTable;
  readonly #users: UserTable;
  readonly #organizations: OrganizationTable;

  constructor(keys: ApiKeyTable, users: UserTable, organizations: OrganizationTable) {
    this.#keys = keys;
    this.#users = users;
    this.#organizations = organizations;
  }

  /** Undefined if there is no such account. */
  of(accountId: string): Account | undefined {
    return this.ofKey(accountId) ?? (accountId === adminAccountId ? adminAccount : this.above(accountId));
  }

  ofKey(id: string): Account | undefined {
    const key = this.#keys.find(id);
    if (key === undefined) return undefined;
    // What a deleted user's keys have come to is still owed to the organisation.
    const organizationId = this.#users.organizationOf(key.userId);
    const organization = this.#organization(organizationId);
    const parent = this.#organization(organization?.parent);
    return accountOf(key, { user: this.#users.find(key.userId), organization, parent });
  }

  /** A user or an organisation, deleted or not. */
  above(id: string): Account | undefined {
    const user = this.#users.versionOf(id);
    if (user !== undefined) return accountAbove(id, 'user', user);
    const organization = this.#organizations.versionOf(id);
    return organization && accountAbove(id, 'organization', organization);
  }

  #organization(id: string | undefined): ReturnType<OrganizationTable['findAny']> {
    return id === undefined ? undefined : this.#organizations.findAny(id);
  }
}
