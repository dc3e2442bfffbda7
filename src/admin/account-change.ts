import { type Policy, patchPolicy } from '../tenant/policy.ts';
import type { ExpectedVersions, NewUser, UserChange, UserRecord } from './directory-protocol.ts';

/** What changes come to. Pure. */

export function isExpected(version: number, expected: ExpectedVersions): boolean {
  return expected === undefined || expected.includes(version);
}

export function changedUser(before: UserRecord, change: UserChange): NewUser {
  const organization = change.organization === undefined ? before.organization : change.organization;
  return {
    email: change.email ?? before.email,
    ...(organization === undefined || organization === null ? {} : { organization }),
    policy: patchPolicy(before.policy, change.policy ?? {}),
  };
}

/** A policy with the limits of another: what is left of a change whose limits the account has no counters for. */
export function withLimitsOf(policy: Policy, other: Policy): Policy {
  const { limits: _, plan: __, ...rest } = policy;
  return {
    ...rest,
    ...(other.limits === undefined ? {} : { limits: other.limits }),
    ...(other.plan === undefined ? {} : { plan: other.plan }),
  };
}

const statuses = ['active', 'suspended', 'revoked'] as const;
type Status = (typeof statuses)[number];

/** Undefined where neither says anything, which is as good as active. */
export function strictestStatus(one: Status | undefined, other: Status | undefined): Status | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return statuses.indexOf(one) > statuses.indexOf(other) ? one : other;
}
