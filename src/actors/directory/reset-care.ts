import { answerIfAny } from '../../answer-within.ts';
import { pushBatchMax, pushWaitMs } from '../../limits.ts';
import type { Tenants } from './account-delivery.ts';
import type { ApiKeyTable } from './api-key-table.ts';
import type { Change } from './audit-entry.ts';
import type { UnknownOrganization } from './directory-protocol.ts';
import { inBatches } from './in-batches.ts';
import type { LedgerTable } from './ledger-table.ts';
import type { OrganizationCare } from './organization-care.ts';
import type { UserTable } from './user-table.ts';

/** What the directory gives it. */
interface CareNeeds {
  readonly users: UserTable;
  readonly keys: ApiKeyTable;
  readonly organizations: OrganizationCare;
  readonly ledgers: LedgerTable;
  readonly tenants: Tenants;
  readonly change: Change;
}

/** Gives accounts their room back. What was never used has nothing to give back. */
export class ResetCare {
  readonly #needs: CareNeeds;

  constructor(needs: CareNeeds) {
    this.#needs = needs;
  }

  /** A user with its keys. */
  async user(userId: string, who: string): Promise<{ keys: number; accounts: number; reached: number } | undefined> {
    const { users, keys, change } = this.#needs;
    if (users.find(userId) === undefined) return undefined;
    const keyIds = keys.activatedOf(userId);
    change({ who, action: 'user.quota-reset', subject: userId, details: { keys: keyIds } }, Date.now(), () => {});
    const accounts = [...this.#used([userId]), ...keyIds];
    return { keys: keyIds.length, accounts: accounts.length, reached: await this.#reset(accounts) };
  }

  /** An organisation; with `recursive`, all that is below too. */
  async organization(
    idOrName: string,
    recursive: boolean,
    who: string,
  ): Promise<{ id: string; accounts: number; reached: number } | UnknownOrganization> {
    const { users, keys, organizations, change } = this.#needs;
    const found = organizations.called(idOrName);
    if ('kind' in found) return found;
    const { id } = found;
    const below = recursive ? organizations.withAllBelow(id) : [id];
    const members = recursive ? below.flatMap((organization) => users.idsOf(organization)) : [];
    const accounts = [...this.#used([...below, ...members]), ...members.flatMap((user) => keys.activatedOf(user))];
    const details = { recursive, accounts: accounts.length };
    change({ who, action: 'organization.quota-reset', subject: id, details }, Date.now(), () => {});
    return { id, accounts: accounts.length, reached: await this.#reset(accounts) };
  }

  #used(ids: readonly string[]): readonly string[] {
    return ids.filter((id) => this.#needs.ledgers.isUsed(id));
  }

  /** How many have given their room back. */
  async #reset(ids: readonly string[]): Promise<number> {
    const answers = await inBatches(ids, pushBatchMax, (id) =>
      answerIfAny(pushWaitMs, this.#needs.tenants.getByName(id).reset()),
    );
    return answers.filter((answer) => answer !== undefined).length;
  }
}
