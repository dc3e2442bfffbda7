import * as v from 'valibot';
import { timeText } from '../actors/directory/time-text.ts';
import type {
  DeletedOutcome,
  Done,
  OrganizationOutcome,
  OrganizationProblem,
  OrganizationRecord,
  PageRequest,
  UnknownOrganization,
} from '../actors/directory/directory-protocol.ts';
import { GatewayError } from '../http/errors.ts';
import { invalidRequest } from '../http/issue.ts';
import {
  type AdminContext,
  type Answer,
  type ConditionalRecursion,
  type UpdateOptions,
  askDirectory,
  storedOnly,
  tooManyCounters,
  versionMismatch,
} from './admin-context.ts';
import type { NewOrganization, OrganizationChange, OrganizationFilters } from './admin-input.ts';
import { storedPolicySchema } from '../core/account/policy.ts';
import { warningsOf } from './catalog-operations.ts';
import { type Warned, warned } from './name-warnings.ts';
import { present } from './present.ts';
import { type Page, pageView } from './page-query.ts';
import { type UserView, userOf } from './user-view.ts';
import type { deletedView } from './deleted-view.ts';

export const organizationView = v.strictObject({
  id: v.string(),
  name: v.string(),
  parent: v.exactOptional(v.string()),
  externalId: v.exactOptional(v.string()),
  policy: storedPolicySchema,
  createdAt: v.string(),
  /** So many keys below have not heard of the newest change: until then it may not bind them. */
  pending: v.exactOptional(v.number()),
  ...warned.entries,
});

type OrganizationView = v.InferOutput<typeof organizationView>;

export async function createOrganization(
  { env, who }: AdminContext,
  { name, policy, ...more }: NewOrganization,
): Promise<Answer<OrganizationView>> {
  const asked = { name, policy, ...present(more) };
  const warnings = await warningsOf(env, 'policy.', policy);
  const outcome = await askDirectory(env, (directory) => directory.createOrganization(asked, who));
  if (outcome.kind === 'unknown-organization') throw unknownOrganization('parent', outcome);
  return organizationAnswer(name, outcome, warnings);
}

export async function listOrganizations(
  { env }: AdminContext,
  { limit, ...wanted }: PageRequest & OrganizationFilters,
): Promise<Answer<Page<OrganizationView>>> {
  const found = await askDirectory(env, (directory) => directory.organizations({ ...present(wanted), limit }));
  if ('kind' in found) throw unknownOrganization('parent', found);
  return { data: pageView(found, organizationOf) };
}

export async function getOrganization({ env }: AdminContext, id: string): Promise<Answer<OrganizationView>> {
  const record = await askDirectory(env, (directory) => directory.organization(id));
  if ('kind' in record) throw noSuchOrganization(id, record);
  const pending = await askDirectory(env, (directory) => directory.pendingBelow(record.id));
  return { data: { ...organizationOf(record), ...pendingOf(pending) }, version: record.version };
}

export async function changeOrganization(
  { env, who }: AdminContext,
  id: string,
  asked: OrganizationChange,
  { ifVersion }: UpdateOptions = {},
): Promise<Answer<OrganizationView>> {
  const change = present(asked);
  const warnings = await warningsOf(env, 'policy.', asked.policy ?? {});
  const outcome = await askDirectory(env, (directory) => directory.changeOrganization(id, change, ifVersion, who));
  return organizationAnswer(id, outcome, warnings);
}

export async function deleteOrganization(
  { env, who }: AdminContext,
  id: string,
  { ifVersion, recursive = false }: ConditionalRecursion = {},
): Promise<Answer<v.InferOutput<typeof deletedView>>> {
  // Over RPC anything may come, and text such as "false" must not delete all that is below.
  if (!v.is(v.boolean(), recursive)) throw invalidRequest([{ path: 'recursive', message: 'must be true or false' }]);
  const outcome = await askDirectory(env, (directory) => directory.deleteOrganization(id, recursive, ifVersion, who));
  const { data } = organizationAnswer(id, outcome);
  return { data: { id: data.id, deleted: true, ...pendingOf(outcome.kind === 'done' ? outcome.pending : 0) } };
}

export async function listUsersOf(
  { env }: AdminContext,
  id: string,
  page: PageRequest,
): Promise<Answer<Page<UserView>>> {
  const users = await askDirectory(env, (directory) => directory.usersOf(id, page));
  if ('kind' in users) throw noSuchOrganization(id, users);
  return { data: pageView(users, userOf) };
}

/** For a path that names an organisation. */
export function noSuchOrganization(id: string, { isAmbiguous }: UnknownOrganization): GatewayError {
  if (isAmbiguous) {
    const remedy = 'Give the id of one: GET /admin/organizations lists them.';
    return new GatewayError('conflict', `Several organizations are called "${id}". ${remedy}`);
  }
  return new GatewayError('not_found', `There is no organization "${id}". GET /admin/organizations lists them.`);
}

/** For a field that names an organisation. */
export function unknownOrganization(param: string, { isAmbiguous }: UnknownOrganization): GatewayError {
  const message = isAmbiguous
    ? `${param}: several organizations have this name. Give the id of one: GET /admin/organizations lists them.`
    : `${param}: there is no such organization. Make it first with POST /admin/organizations, or give the id of one.`;
  return new GatewayError('invalid_request', message, { param });
}

function organizationAnswer(
  id: string,
  outcome: OrganizationOutcome | DeletedOutcome | OrganizationProblem | Done<OrganizationRecord>,
  warnings: Warned = {},
): Answer<OrganizationView> {
  switch (outcome.kind) {
    case 'done': {
      const pending = pendingOf('pending' in outcome ? outcome.pending : undefined);
      return { data: { ...organizationOf(outcome.record), ...pending, ...warnings }, version: outcome.record.version };
    }
    case 'stored':
      throw storedOnly('its account');
    case 'too-many-counters':
      throw tooManyCounters('organization', 'policy.limits');
    case 'version-mismatch':
      throw versionMismatch('This organization', outcome.version);
    case 'unknown-organization':
      throw noSuchOrganization(id, outcome);
    case 'too-deep':
      throw new GatewayError('invalid_request', 'parent: has a parent itself. There is one level above.', {
        param: 'parent',
      });
    case 'name-taken':
      throw new GatewayError('conflict', 'There is an organization of this name already: use that, or another name.', {
        param: 'name',
      });
    case 'not-empty': {
      const message =
        'Users or organizations belong to it: move or delete them first, or delete all with ?recursive=true.';
      throw new GatewayError('conflict', message);
    }
  }
}

function pendingOf(pending = 0): { readonly pending?: number } {
  return pending === 0 ? {} : { pending };
}

function organizationOf({ id, name, parent, externalId, policy, createdAtMs }: OrganizationRecord): OrganizationView {
  return {
    id,
    name,
    ...present({ parent, externalId }),
    policy,
    createdAt: timeText(createdAtMs),
  };
}
