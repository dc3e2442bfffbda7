import { catalogBytesMax } from '../limits.ts';
import {
  keyChangeSchema,
  keyTextSchema,
  newKeySchema,
  newOrganizationSchema,
  newUserSchema,
  organizationChangeSchema,
  organizationFilters,
  userChangeSchema,
  userFilters,
} from './admin-input.ts';
import {
  apiKeyView,
  changeApiKey,
  getApiKey,
  keyResetView,
  resetApiKeyQuota,
  revokeApiKey,
  revokeApiKeyByText,
  apiKeyUsage,
} from './api-key-operations.ts';
import { auditView, listAudit } from './audit-operations.ts';
import { catalogInput, catalogView, getCatalog, patchCatalog, putCatalog } from './catalog-operations.ts';
import { adminHealth, resetProvider } from './health-operations.ts';
import { adminHealthView, providerHealthView } from './health-view.ts';
import { changeKey, createKey, getKey, keyView, listKeys, newKeyView, revokeKey } from './key-operations.ts';
import { restartLedger, restartedView } from './ledger-operations.ts';
import { operation } from './operation.ts';
import { pageOf } from './page-query.ts';
import {
  changeOrganization,
  createOrganization,
  deleteOrganization,
  getOrganization,
  listOrganizations,
  listUsersOf,
  organizationView,
} from './organization-operations.ts';
import { deletedView } from './deleted-view.ts';
import {
  keyUsageView,
  organizationUsage,
  organizationUsageView,
  organizationResetView,
  resetOrganizationQuota,
  resetQuota,
  resetView,
  userUsage,
  userUsageView,
} from './usage-operations.ts';
import { changeUser, createUser, deleteUser, getUser, listUsers } from './user-operations.ts';
import { userView } from './user-view.ts';

const organizations = '/admin/organizations';
const organization = `${organizations}/:organization` as const;
const users = '/admin/users';
const user = `${users}/:user` as const;
const keys = `${user}/api-keys` as const;
const key = `${keys}/:key` as const;
const apiKeys = '/admin/api-keys';
const apiKey = `${apiKeys}/:key` as const;
const catalog = '/admin/catalog';

const reads = { method: 'get', role: 'viewer', audited: false } as const;
const changes = { role: 'admin', audited: true } as const;
const posts = { ...changes, method: 'post' } as const;
const patches = { ...changes, method: 'patch', conditional: true } as const;
const deletes = { ...changes, method: 'delete', conditional: true } as const;
const writesCatalog = {
  ...changes,
  path: catalog,
  input: catalogInput,
  inputBytesMax: catalogBytesMax,
  conditional: true,
  output: catalogView,
} as const;

/** All that an admin can do, by its name over RPC. HTTP and RPC are both made from this table. */
export const operations = {
  createOrganization: operation(
    { ...posts, path: organizations, status: 201, input: newOrganizationSchema, output: organizationView },
    createOrganization,
  ),
  listOrganizations: operation(
    { ...reads, path: organizations, paged: true, filters: organizationFilters, output: pageOf(organizationView) },
    listOrganizations,
  ),
  getOrganization: operation({ ...reads, path: organization, output: organizationView }, getOrganization),
  changeOrganization: operation(
    { ...patches, path: organization, input: organizationChangeSchema, output: organizationView },
    changeOrganization,
  ),
  deleteOrganization: operation(
    { ...deletes, path: organization, recursive: true, output: deletedView },
    deleteOrganization,
  ),
  listUsersOf: operation(
    { ...reads, path: `${organization}/users`, paged: true, output: pageOf(userView) },
    listUsersOf,
  ),
  resetOrganizationQuota: operation(
    {
      ...posts,
      path: `${organization}/reset-quota`,
      recursive: true,
      output: organizationResetView,
    },
    resetOrganizationQuota,
  ),
  organizationUsage: operation(
    { ...reads, path: `${organization}/usage`, output: organizationUsageView },
    organizationUsage,
  ),
  createUser: operation({ ...posts, path: users, status: 201, input: newUserSchema, output: userView }, createUser),
  listUsers: operation(
    { ...reads, path: users, paged: true, filters: userFilters, output: pageOf(userView) },
    listUsers,
  ),
  getUser: operation({ ...reads, path: user, output: userView }, getUser),
  changeUser: operation({ ...patches, path: user, input: userChangeSchema, output: userView }, changeUser),
  deleteUser: operation({ ...deletes, path: user, output: deletedView }, deleteUser),
  userUsage: operation({ ...reads, path: `${user}/usage`, output: userUsageView }, userUsage),
  resetQuota: operation({ ...posts, path: `${user}/reset-quota`, output: resetView }, resetQuota),
  createKey: operation({ ...posts, path: keys, status: 201, input: newKeySchema, output: newKeyView }, createKey),
  listKeys: operation({ ...reads, path: keys, paged: true, output: pageOf(keyView) }, listKeys),
  getKey: operation({ ...reads, path: key, output: keyView }, getKey),
  changeKey: operation({ ...patches, path: key, input: keyChangeSchema, output: keyView }, changeKey),
  revokeKey: operation({ ...deletes, path: key, output: keyView }, revokeKey),
  getApiKey: operation({ ...reads, path: apiKey, output: apiKeyView }, getApiKey),
  changeApiKey: operation({ ...patches, path: apiKey, input: keyChangeSchema, output: apiKeyView }, changeApiKey),
  revokeApiKey: operation({ ...deletes, path: apiKey, output: apiKeyView }, revokeApiKey),
  revokeApiKeyByText: operation(
    { ...posts, path: `${apiKeys}/revoke`, input: keyTextSchema, output: apiKeyView },
    revokeApiKeyByText,
  ),
  apiKeyUsage: operation({ ...reads, path: `${apiKey}/usage`, output: keyUsageView }, apiKeyUsage),
  resetApiKeyQuota: operation({ ...posts, path: `${apiKey}/reset-quota`, output: keyResetView }, resetApiKeyQuota),
  getCatalog: operation({ ...reads, path: catalog, output: catalogView }, getCatalog),
  putCatalog: operation({ ...writesCatalog, method: 'put' }, putCatalog),
  patchCatalog: operation({ ...writesCatalog, method: 'patch' }, patchCatalog),
  health: operation({ ...reads, path: '/admin/health', output: adminHealthView }, adminHealth),
  resetProvider: operation(
    { ...posts, path: '/admin/providers/:name/reset', output: providerHealthView },
    resetProvider,
  ),
  restartLedger: operation(
    { ...posts, path: '/admin/accounts/:account/restart-ledger', output: restartedView },
    restartLedger,
  ),
  listAudit: operation({ ...reads, path: '/admin/audit', paged: true, output: pageOf(auditView) }, listAudit),
};
