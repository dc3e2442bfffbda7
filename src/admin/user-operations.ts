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
import { newUserSchema, parseInput, userChangeSchema } from './admin-input.ts';
import type { EmailTaken, UserOutcome, UserRecord } from '../actors/directory/directory-protocol.ts';
import { type Warned, patternLists } from './name-warnings.ts';
import { timeText } from '../actors/directory/time-text.ts';
import { type Page, type PageInput, pageView, parsePage } from './page-query.ts';
import type { Policy } from '../core/account/policy.ts';

export interface UserView extends Warned {
  readonly id: string;
  readonly email: string;
  readonly organization?: string;
  readonly policy: Policy;
  readonly createdAt: string;
}

export async function createUser({ env, who }: AdminContext, input: unknown): Promise<Answer<UserView>> {
  const { email, organization, policy } = parseInput(newUserSchema, input);
  const user = { email, ...(organization === undefined ? {} : { organization }), policy };
  const warned = await warningsOf(env, patternLists('policy.', policy));
  return userAnswer('', await askDirectory(env, (directory) => directory.createUser(user, who)), warned);
}

export async function listUsers({ env }: AdminContext, page: PageInput): Promise<Answer<Page<UserView>>> {
  const request = parsePage(page);
  return { data: pageView(await askDirectory(env, (directory) => directory.users(request)), userView) };
}

export async function getUser({ env }: AdminContext, id: string): Promise<Answer<UserView>> {
  const record = await askDirectory(env, (directory) => directory.user(id));
  if (record === undefined) throw noSuchUser(id);
  return { data: userView(record), version: record.version };
}

export async function changeUser(
  { env, who }: AdminContext,
  id: string,
  input: unknown,
  { ifVersion }: UpdateOptions = {},
): Promise<Answer<UserView>> {
  const { email, organization, policy } = parseInput(userChangeSchema, input);
  const change = {
    ...(email === undefined ? {} : { email }),
    ...(organization === undefined ? {} : { organization }),
    ...(policy === undefined ? {} : { policy }),
  };
  const warned = await warningsOf(env, patternLists('policy.', policy ?? {}));
  return userAnswer(
    id,
    await askDirectory(env, (directory) => directory.changeUser(id, change, ifVersion, who)),
    warned,
  );
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

function userAnswer(id: string, outcome: UserOutcome | EmailTaken, warned: Warned = {}): Answer<UserView> {
  switch (outcome.kind) {
    case 'done':
      return { data: { ...userView(outcome.record), ...warned }, version: outcome.record.version };
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

function userView({ id, email, organization, policy, createdAtMs }: UserRecord): UserView {
  return {
    id,
    email,
    ...(organization === undefined ? {} : { organization }),
    policy,
    createdAt: timeText(createdAtMs),
  };
}
