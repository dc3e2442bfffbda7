import { answerIfAny } from '../../answer-within.ts';
import { pushWaitMs } from '../../limits.ts';
import { changed, isExpected } from './account-change.ts';
import { AccountDelivery } from './account-delivery.ts';
import type { ApiKeyTable } from './api-key-table.ts';
import type {
  Change,
  DeletedOutcome,
  Done,
  ExpectedVersions,
  NewOrganization,
  OrganizationChange,
  OrganizationList,
  OrganizationOutcome,
  OrganizationProblem,
  OrganizationRecord,
  RecordPage,
  UnknownOrganization,
} from './directory-protocol.ts';
import type { OrganizationTable } from './organization-table.ts';
import type { UserTable } from './user-table.ts';

/** What the directory gives it. */
interface CareNeeds {
  readonly organizations: OrganizationTable;
  readonly users: UserTable;
  readonly keys: ApiKeyTable;
  readonly change: Change;
  /** Tells the accounts of these users' keys what has changed. */
  readonly deliverAllOf: (userIds: readonly string[]) => Promise<unknown>;
}

export function newOrganizationId(): string {
  return `o_${crypto.randomUUID().replaceAll('-', '')}`;
}

/** Makes, changes and deletes organisations. */
export class OrganizationCare {
  readonly #needs: CareNeeds;

  constructor(needs: CareNeeds) {
    this.#needs = needs;
  }

  /** The one that is called so. */
  called(idOrName: string): OrganizationRecord | UnknownOrganization {
    const [found, ...others] = this.#needs.organizations.called(idOrName);
    if (found === undefined) return { kind: 'unknown-organization', isAmbiguous: false };
    return others.length === 0 ? found : { kind: 'unknown-organization', isAmbiguous: true };
  }

  list(asked: OrganizationList): RecordPage<OrganizationRecord> | UnknownOrganization {
    const parent = asked.parent === undefined ? undefined : this.called(asked.parent);
    if (parent !== undefined && 'kind' in parent) return parent;
    return this.#needs.organizations.list({ ...asked, ...(parent === undefined ? {} : { parent: parent.id }) });
  }

  create(asked: NewOrganization, who: string): Done<OrganizationRecord> | OrganizationProblem {
    const { organizations, change } = this.#needs;
    const parent = asked.parent === undefined ? undefined : this.called(asked.parent);
    if (parent !== undefined && 'kind' in parent) return parent;
    if (parent?.parent !== undefined) return { kind: 'too-deep' };
    const made = { ...asked, ...(parent === undefined ? {} : { parent: parent.id }) };
    if (organizations.isTaken(made)) return { kind: 'name-taken' };
    const id = newOrganizationId();
    const nowMs = Date.now();
    change({ who, action: 'organization.created', subject: id, details: { ...made } }, nowMs, () => {
      organizations.insert(id, made, nowMs);
    });
    return { kind: 'done', record: { ...made, id, version: 1, createdAtMs: nowMs } };
  }

  change(idOrName: string, change: OrganizationChange, expected: ExpectedVersions, who: string): OrganizationOutcome {
    const { organizations, users } = this.#needs;
    const before = this.called(idOrName);
    if ('kind' in before) return before;
    const { id } = before;
    if (!isExpected(before.version, expected)) return { kind: 'version-mismatch', version: before.version };
    const name = change.name ?? before.name;
    if (organizations.isTaken({ ...before, name }, id)) return { kind: 'name-taken' };
    const { externalId: known, ...rest } = before;
    const externalId = changed(change.externalId, known);
    const after = { ...rest, name, ...(externalId === undefined ? {} : { externalId }) };
    this.#needs.change({ who, action: 'organization.changed', subject: id, details: { ...change } }, Date.now(), () => {
      organizations.update(id, after);
      if (name !== before.name) users.rename(id, name);
    });
    return { kind: 'done', record: { ...after, version: before.version + 1 } };
  }

  /** One change, whatever is below: a crash leaves all of it, or nothing. Then the keys are told. */
  async delete(idOrName: string, recursive: boolean, expected: ExpectedVersions, who: string): Promise<DeletedOutcome> {
    const { organizations, users, keys, change, deliverAllOf } = this.#needs;
    const before = this.called(idOrName);
    if ('kind' in before) return before;
    const { id, version } = before;
    if (!isExpected(version, expected)) return { kind: 'version-mismatch', version };
    const gone = [id, ...organizations.childrenOf(id)];
    const members = gone.flatMap((organization) => users.idsOf(organization));
    if (!recursive && gone.length + members.length > 1) return { kind: 'not-empty' };
    const nowMs = Date.now();
    const details = { organizations: gone.length, users: members.length };
    change({ who, action: 'organization.deleted', subject: id, details }, nowMs, () => {
      for (const user of members) {
        users.delete(user, nowMs);
        keys.touchAllOf(user, AccountDelivery.pushAtMs(nowMs));
      }
      for (const organization of gone) organizations.delete(organization, nowMs);
    });
    await answerIfAny(pushWaitMs, deliverAllOf(members));
    const pending = members.reduce((sum, user) => sum + keys.pendingOf(user).length, 0);
    return { kind: 'done', record: before, pending };
  }
}
