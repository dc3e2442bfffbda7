import * as v from 'valibot';
import type { UserRecord } from '../actors/directory/directory-protocol.ts';
import { timeText } from '../actors/directory/time-text.ts';
import { storedPolicySchema } from '../core/account/policy.ts';
import { warned } from './name-warnings.ts';

export const userView = v.strictObject({
  id: v.string(),
  email: v.string(),
  organization: v.exactOptional(v.string()),
  policy: storedPolicySchema,
  createdAt: v.string(),
  ...warned.entries,
});

export type UserView = v.InferOutput<typeof userView>;

export function userOf({ id, email, organization, policy, createdAtMs }: UserRecord): UserView {
  return {
    id,
    email,
    ...(organization === undefined ? {} : { organization }),
    policy,
    createdAt: timeText(createdAtMs),
  };
}
