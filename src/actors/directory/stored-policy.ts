import * as v from 'valibot';
import { type Policy, storedPolicySchema } from '../../core/account/policy.ts';

export function parsePolicy(text: string): Policy {
  return v.parse(storedPolicySchema, JSON.parse(text));
}

/** The policy with these limits in place of its own. */
export function withLimits(policy: Policy, limits: Policy['limits']): Policy {
  const { limits: _, ...rest } = policy;
  return { ...rest, ...(limits === undefined ? {} : { limits }) };
}
