import { patchPolicy } from '../../core/account/policy.ts';
import type { Account } from '../../core/account/protocol.ts';
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

/** A key as its actor sees it. The user's status counts here; the user's limits are for the user's own actor. */
export function accountOf(
  key: StoredKey,
  user: UserRecord | undefined,
  organization: OrganizationRecord | undefined,
): Account {
  const status = strictestStatus(key.policy.status, user === undefined ? 'revoked' : user.policy.status);
  return {
    id: key.id,
    version: key.version,
    secretHashes: key.secretHashes,
    userId: key.userId,
    ...(organization === undefined ? {} : { organizationId: organization.id, organizationName: organization.name }),
    ...(organization?.parent === undefined ? {} : { parentId: organization.parent }),
    test: key.test,
    policy: status === undefined ? key.policy : { ...key.policy, status },
  };
}

/**
 * A user or an organisation as its actor sees it: so far without the policy, because nothing is asked of it yet. One
 * that is deleted still counts what its keys came to.
 */
export function accountAbove(
  id: string,
  scope: 'user' | 'organization',
  { version, isDeleted }: { readonly version: number; readonly isDeleted: boolean },
): Account {
  const policy = isDeleted ? ({ status: 'revoked' } as const) : {};
  return { id, scope, version, secretHashes: [], userId: id, test: false, policy };
}

const statuses = ['active', 'suspended', 'revoked'] as const;
type Status = (typeof statuses)[number];

/** Undefined if both are, which counts as active. */
export function strictestStatus(one: Status | undefined, other: Status | undefined): Status | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return statuses.indexOf(one) > statuses.indexOf(other) ? one : other;
}
