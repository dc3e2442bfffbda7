import { effectivePolicy } from '../../core/account/effective-policy.ts';
import { type Policy, ledgerLimits, patchPolicy } from '../../core/account/policy.ts';
import type { Account } from '../../core/account/protocol.ts';
import type { Level } from '../../core/account/level.ts';
import type { KeySettings, StoredKey } from './api-key-table.ts';
import type { ExpectedVersions, NewUser, OrganizationRecord, UserChange, UserRecord } from './directory-protocol.ts';

/** What becomes of users, keys and accounts when they change. */

export function isExpected(version: number, expected: ExpectedVersions): boolean {
  return expected === undefined || expected.includes(version);
}

/** What becomes of a field: null removes it, and undefined leaves it as it was. */
export function changed<Value>(to: Value | null | undefined, from: Value | undefined): Value | undefined {
  return to === undefined ? from : (to ?? undefined);
}

export function changedUser(before: UserRecord, change: UserChange): NewUser {
  const email = changed(change.email, before.email);
  const organization = changed(change.organization, before.organization);
  const externalId = changed(change.externalId, before.externalId);
  return {
    ...(email === undefined ? {} : { email }),
    ...(organization === undefined ? {} : { organization }),
    ...(externalId === undefined ? {} : { externalId }),
    policy: patchPolicy(before.policy, change.policy ?? {}),
  };
}

/** The part of a change that remains if the account has no counters for its limits: the limits stay as they were. */
export function withLimitsOf({ name, policy }: KeySettings, { policy: { limits, plan } }: KeySettings): KeySettings {
  const { limits: _, plan: __, ...rest } = policy;
  const kept = { ...(limits === undefined ? {} : { limits }), ...(plan === undefined ? {} : { plan }) };
  return { name, policy: { ...rest, ...kept } };
}

/** The users and organisations above a key. */
export interface OwnersOf {
  readonly user: UserRecord | undefined;
  readonly organization: OrganizationRecord | undefined;
  readonly parent: OrganizationRecord | undefined;
}

/** A key as its actor sees it: with what its owners restrict, and the limits that they have. */
export function accountOf(key: StoredKey, { user, organization, parent }: OwnersOf): Account {
  const gone = user === undefined ? [{ status: 'revoked' } as const] : [];
  const levels = [user, organization, parent].filter((level) => level !== undefined);
  const above = [user && levelOf('user', user), levelOf('organization', organization), levelOf('organization', parent)];
  const limited = above.filter((level) => level !== undefined);
  return {
    id: key.id,
    version: key.version,
    secretHashes: key.secretHashes,
    userId: key.userId,
    ...(organization === undefined ? {} : { organizationId: organization.id, organizationName: organization.name }),
    ...(organization?.parent === undefined ? {} : { parentId: organization.parent }),
    test: key.test,
    policy: effectivePolicy(key.policy, [...gone, ...levels.map(({ policy }) => policy)]),
    ...(limited.length === 0 ? {} : { above: limited }),
  };
}

/** The limits of an owner. Undefined if it has none. */
function levelOf(
  scope: Level['scope'],
  owner: { readonly id: string; readonly version: number; readonly policy: Policy } | undefined,
): Level | undefined {
  if (owner === undefined) return undefined;
  const limits = ledgerLimits(owner.policy.limits ?? []);
  return limits.length === 0 ? undefined : { id: owner.id, scope, version: owner.version, limits };
}

/** Whether the keys below must hear of a change: of anything but the numbers of limits, which those above say. */
export function concernsBelow(before: Policy, after: Policy): boolean {
  return toldBelow(before) !== toldBelow(after);
}

function toldBelow(policy: Policy): string {
  const { limits = [], metadata: _, ...rest } = policy;
  return JSON.stringify([limits.length > 0, Object.entries(rest).toSorted(([one], [other]) => (one < other ? -1 : 1))]);
}

/** A user or an organisation as its actor sees it. One that is deleted still counts what its keys came to. */
export function accountAbove(
  id: string,
  scope: 'user' | 'organization',
  { version, isDeleted, policy }: { readonly version: number; readonly isDeleted: boolean; readonly policy: Policy },
): Account {
  const { limits, status } = policy;
  const own = { ...(limits === undefined ? {} : { limits }), ...(status === undefined ? {} : { status }) };
  const kept = isDeleted ? ({ status: 'revoked' } as const) : own;
  return { id, scope, version, secretHashes: [], userId: id, test: false, policy: kept };
}
