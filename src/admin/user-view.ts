import * as v from 'valibot';
import type { UserRecord } from '../actors/directory/directory-protocol.ts';
import { timeText } from '../actors/directory/time-text.ts';
import { storedPolicySchema } from '../core/account/policy.ts';
import { warned } from './name-warnings.ts';
import { present } from './present.ts';

export const userView = v.strictObject({
  id: v.string(),
  email: v.exactOptional(v.string()),
  organization: v.exactOptional(v.string()),
  externalId: v.exactOptional(v.string()),
  policy: storedPolicySchema,
  createdAt: v.string(),
  ...warned.entries,
});

export type UserView = v.InferOutput<typeof userView>;

export function userOf({ id, email, organization, externalId, policy, createdAtMs }: UserRecord): UserView {
  return {
    id,
    ...present({ email, organization, externalId }),
    policy,
    createdAt: timeText(createdAtMs),
  };
}
