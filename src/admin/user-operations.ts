import type * as v from 'valibot';
import { GatewayError } from '../http/errors.ts';
import {
  type AdminContext,
  type Answer,
  type UpdateOptions,
  askDirectory,
  storedOnly,
  tooManyCounters,
  versionMismatch,
} from './admin-context.ts';
import { warningsOf } from './catalog-operations.ts';
import type { NewUser, UserChange, UserFilters } from './admin-input.ts';
import type {
  EmailTaken,
  PageRequest,
  UnknownOrganization,
  UserOutcome,
} from '../actors/directory/directory-protocol.ts';
import type { Warned } from './name-warnings.ts';
import { unknownOrganization } from './organization-operations.ts';
import type { deletedView } from './deleted-view.ts';
import { present } from './present.ts';
import { type UserView, userOf } from './user-view.ts';
import { type Page, pageView } from './page-query.ts';

export async function createUser({ env, who }: AdminContext, { policy, ...named }: NewUser): Promise<Answer<UserView>> {
  const user = { ...present(named), policy };
  const warnings = await warningsOf(env, 'policy.', policy);
  return userAnswer('', await askDirectory(env, (directory) => directory.createUser(user, who)), warnings);
}

export async function listUsers(
  { env }: AdminContext,
  { limit, ...wanted }: PageRequest & UserFilters,
): Promise<Answer<Page<UserView>>> {
  const users = await askDirectory(env, (directory) => directory.users({ ...present(wanted), limit }));
  if ('kind' in users) throw unknownOrganization('organization', users);
  return { data: pageView(users, userOf) };
}

export async function getUser({ env }: AdminContext, id: string): Promise<Answer<UserView>> {
  const record = await askDirectory(env, (directory) => directory.user(id));
  if (record === undefined) throw noSuchUser(id);
  return { data: userOf(record), version: record.version };
}

export async function changeUser(
  { env, who }: AdminContext,
  id: string,
  asked: UserChange,
  { ifVersion }: UpdateOptions = {},
): Promise<Answer<UserView>> {
  const change = present(asked);
  const warnings = await warningsOf(env, 'policy.', asked.policy ?? {});
  return userAnswer(
    id,
    await askDirectory(env, (directory) => directory.changeUser(id, change, ifVersion, who)),
    warnings,
  );
}

/** Revokes the user's keys, for ever. All of them have acknowledged that when this answers. */
export async function deleteUser(
  { env, who }: AdminContext,
  id: string,
  { ifVersion }: UpdateOptions = {},
): Promise<Answer<v.InferOutput<typeof deletedView>>> {
  userAnswer(id, await askDirectory(env, (directory) => directory.deleteUser(id, ifVersion, who)));
  return { data: { id, deleted: true } };
}

export function noSuchUser(id: string): GatewayError {
  return new GatewayError('not_found', `There is no user "${id}". GET /admin/users lists them.`);
}

function userAnswer(
  id: string,
  outcome: UserOutcome | EmailTaken | UnknownOrganization,
  warnings: Warned = {},
): Answer<UserView> {
  switch (outcome.kind) {
    case 'done':
      return { data: { ...userOf(outcome.record), ...warnings }, version: outcome.record.version };
    case 'missing':
      throw noSuchUser(id);
    case 'version-mismatch':
      throw versionMismatch('This user', outcome.version);
    case 'stored':
      throw storedOnly('an account of one of its keys');
    case 'too-many-counters':
      throw tooManyCounters('user', 'policy.limits');
    case 'unknown-organization':
      throw unknownOrganization('organization', outcome);
    case 'email-taken':
      throw new GatewayError('conflict', 'There is a user with this email already: use that one, or another address.', {
        param: 'email',
      });
  }
}
