import { answerIfAny } from '../../answer-within.ts';
import { pushWaitMs } from '../../limits.ts';
import { patchPolicy } from '../../core/account/policy.ts';
import { changed, concernsBelow, isExpected } from './account-change.ts';
import { AccountDelivery } from './account-delivery.ts';
import type { ApiKeyTable } from './api-key-table.ts';
import type { Change } from './audit-entry.ts';
import type {
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
import type { LevelCare } from './level-care.ts';
import type { OrganizationTable } from './organization-table.ts';
import type { UserTable } from './user-table.ts';

/** What the directory gives it. */
interface CareNeeds {
  readonly organizations: OrganizationTable;
  readonly users: UserTable;
  readonly keys: ApiKeyTable;
  readonly levels: LevelCare;
  readonly change: Change;
  /** Tells the accounts of these users' keys what has changed. */
  readonly deliverAllOf: (userIds: readonly string[]) => Promise<unknown>;
}

const revoked = { status: 'revoked' } as const;

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

  async change(
    idOrName: string,
    change: OrganizationChange,
    expected: ExpectedVersions,
    who: string,
  ): Promise<OrganizationOutcome> {
    const found = this.called(idOrName);
    if ('kind' in found) return found;
    return this.#needs.levels.inTurn(found.id, () => this.#change(found.id, change, expected, who));
  }

  async #change(
    id: string,
    change: OrganizationChange,
    expected: ExpectedVersions,
    who: string,
  ): Promise<OrganizationOutcome> {
    const { organizations, users, levels, deliverAllOf } = this.#needs;
    const before = this.called(id);
    if ('kind' in before) return before;
    if (!isExpected(before.version, expected)) return { kind: 'version-mismatch', version: before.version };
    const name = change.name ?? before.name;
    if (organizations.isTaken({ ...before, name }, id)) return { kind: 'name-taken' };
    const { externalId: known, ...rest } = before;
    const externalId = changed(change.externalId, known);
    const policy = patchPolicy(before.policy, change.policy ?? {});
    const after = { ...rest, name, policy, ...(externalId === undefined ? {} : { externalId }) };
    const below = concernsBelow(before.policy, policy) ? this.#usersBelow(id) : [];
    const nowMs = Date.now();
    this.#needs.change({ who, action: 'organization.changed', subject: id, details: { ...change } }, nowMs, () => {
      organizations.update(id, after);
      levels.push(id, before.policy, policy, nowMs);
      if (name !== before.name) users.rename(id, name);
      this.#touch(below, nowMs);
    });
    const told = await levels.tell(id);
    if (told === 'too-many-counters') return { kind: 'too-many-counters' };
    await answerIfAny(pushWaitMs, deliverAllOf(below));
    if (told === 'unreachable') return { kind: 'stored' };
    const pending = this.pendingBelow(id);
    return { kind: 'done', record: { ...after, version: before.version + 1 }, ...(pending > 0 ? { pending } : {}) };
  }

  /** How many accounts have not heard of the newest change yet: its own, and all below. */
  pendingBelow(idOrName: string): number {
    const found = this.called(idOrName);
    if ('kind' in found) return 0;
    const { keys, levels } = this.#needs;
    const organizations = this.withAllBelow(found.id);
    return keys.pendingBelow(organizations) + levels.pendingOf([...organizations, ...this.#usersBelow(found.id)]);
  }

  withAllBelow(id: string): readonly string[] {
    return [id, ...this.#needs.organizations.childrenOf(id)];
  }

  #usersBelow(id: string): readonly string[] {
    return this.withAllBelow(id).flatMap((organization) => this.#needs.users.idsOf(organization));
  }

  #touch(userIds: readonly string[], nowMs: number): void {
    for (const user of userIds) this.#needs.keys.touchAllOf(user, AccountDelivery.pushAtMs(nowMs));
  }

  /** One change, whatever is below: a crash leaves all of it, or nothing. Then the keys are told. */
  async delete(idOrName: string, recursive: boolean, expected: ExpectedVersions, who: string): Promise<DeletedOutcome> {
    const { organizations, users, keys, levels, change, deliverAllOf } = this.#needs;
    const before = this.called(idOrName);
    if ('kind' in before) return before;
    const { id, version } = before;
    if (!isExpected(version, expected)) return { kind: 'version-mismatch', version };
    const gone = this.withAllBelow(id);
    const members = gone.flatMap((organization) => users.idsOf(organization));
    if (!recursive && gone.length + members.length > 1) return { kind: 'not-empty' };
    const nowMs = Date.now();
    const details = { organizations: gone.length, users: members.length };
    change({ who, action: 'organization.deleted', subject: id, details }, nowMs, () => {
      for (const user of members) {
        users.delete(user, nowMs);
        levels.push(user, {}, revoked, nowMs);
      }
      this.#touch(members, nowMs);
      for (const organization of gone) {
        organizations.delete(organization, nowMs);
        levels.push(organization, {}, revoked, nowMs);
      }
    });
    await answerIfAny(
      pushWaitMs,
      Promise.all([deliverAllOf(members), ...[...members, ...gone].map((each) => levels.tell(each))]),
    );
    const pending = members.reduce((sum, user) => sum + keys.pendingOf(user).length, 0);
    return { kind: 'done', record: before, pending };
  }
}
