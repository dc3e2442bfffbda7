import * as v from 'valibot';
import { GatewayError } from '../http/errors.ts';
import {
  type AdminContext,
  type Answer,
  type UpdateOptions,
  askDirectory,
  storedOnly,
  versionMismatch,
} from './admin-context.ts';
import { warningsOf } from './catalog-operations.ts';
import { type NewUserInput, type UserChangeInput, newUserSchema, parseInput, userChangeSchema } from './admin-input.ts';
import type { EmailTaken, UserOutcome, UserRecord } from '../actors/directory/directory-protocol.ts';
import { type Warned, patternLists, warned } from './name-warnings.ts';
import { timeText } from '../actors/directory/time-text.ts';
import { type Page, type PageInput, pageView, parsePage } from './page-query.ts';
import { storedPolicySchema } from '../core/account/policy.ts';

export const userView = v.strictObject({
  id: v.string(),
  email: v.string(),
  organization: v.exactOptional(v.string()),
  policy: storedPolicySchema,
  createdAt: v.string(),
  ...warned.entries,
});

type UserView = v.InferOutput<typeof userView>;

export async function createUser({ env, who }: AdminContext, input: NewUserInput): Promise<Answer<UserView>> {
  const { email, organization, policy } = parseInput(newUserSchema, input);
  const user = { email, ...(organization === undefined ? {} : { organization }), policy };
  const told = await warningsOf(env, patternLists('policy.', policy));
  return userAnswer('', await askDirectory(env, (directory) => directory.createUser(user, who)), told);
}

export async function listUsers({ env }: AdminContext, page: PageInput = {}): Promise<Answer<Page<UserView>>> {
  const request = parsePage(page);
  return { data: pageView(await askDirectory(env, (directory) => directory.users(request)), userOf) };
}

export async function getUser({ env }: AdminContext, id: string): Promise<Answer<UserView>> {
  const record = await askDirectory(env, (directory) => directory.user(id));
  if (record === undefined) throw noSuchUser(id);
  return { data: userOf(record), version: record.version };
}

export async function changeUser(
  { env, who }: AdminContext,
  id: string,
  input: UserChangeInput,
  { ifVersion }: UpdateOptions = {},
): Promise<Answer<UserView>> {
  const { email, organization, policy } = parseInput(userChangeSchema, input);
  const change = {
    ...(email === undefined ? {} : { email }),
    ...(organization === undefined ? {} : { organization }),
    ...(policy === undefined ? {} : { policy }),
  };
  const told = await warningsOf(env, patternLists('policy.', policy ?? {}));
  return userAnswer(id, await askDirectory(env, (directory) => directory.changeUser(id, change, ifVersion, who)), told);
}

/** Its keys are revoked, for ever, and all of them have acknowledged that when this answers. */
export async function deleteUser(
  { env, who }: AdminContext,
  id: string,
  { ifVersion }: UpdateOptions = {},
): Promise<Answer<{ readonly id: string; readonly deleted: true }>> {
  userAnswer(id, await askDirectory(env, (directory) => directory.deleteUser(id, ifVersion, who)));
  return { data: { id, deleted: true } };
}

export function noSuchUser(id: string): GatewayError {
  return new GatewayError('not_found', `There is no user "${id}". GET /admin/users lists them.`);
}

function userAnswer(id: string, outcome: UserOutcome | EmailTaken, told: Warned = {}): Answer<UserView> {
  switch (outcome.kind) {
    case 'done':
      return { data: { ...userOf(outcome.record), ...told }, version: outcome.record.version };
    case 'missing':
      throw noSuchUser(id);
    case 'version-mismatch':
      throw versionMismatch('This user', outcome.version);
    case 'stored':
      throw storedOnly('an account of one of its keys');
    case 'email-taken':
      throw new GatewayError('conflict', 'There is a user with this email already: use that one, or another address.', {
        param: 'email',
      });
  }
}

function userOf({ id, email, organization, policy, createdAtMs }: UserRecord): UserView {
  return {
    id,
    email,
    ...(organization === undefined ? {} : { organization }),
    policy,
    createdAt: timeText(createdAtMs),
  };
}
