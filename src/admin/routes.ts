import { adminBodyBytesMax, catalogBytesMax } from '../limits.ts';
import type { AdminContext, Answer, UpdateOptions } from './admin-context.ts';
import { listAudit } from './audit-operations.ts';
import { getCatalog, patchCatalog, putCatalog } from './catalog-operations.ts';
import { adminHealth, resetProvider } from './health-operations.ts';
import { restartLedger } from './ledger-operations.ts';
import { changeKey, createKey, getKey, listKeys, revokeKey } from './key-operations.ts';
import type { PageInput } from './page-query.ts';
import { resetQuota, userUsage } from './usage-operations.ts';
import { changeUser, createUser, deleteUser, getUser, listUsers } from './user-operations.ts';

/** A request to one of these endpoints, taken apart as far as every operation needs it. */
export interface AdminCall {
  readonly context: AdminContext;
  readonly page: PageInput;
  readonly options: UpdateOptions;
  /** A part of the path, by its name in it. */
  readonly part: (name: string) => string;
  /** The body, of which only that it is JSON has been checked. */
  readonly body: (bytesMax: number) => Promise<unknown>;
}

export interface AdminRoute {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly status?: number;
  readonly run: (call: AdminCall) => Promise<Answer<unknown>>;
}

const user = '/admin/users/:user';
const keys = `${user}/api-keys`;
const key = `${keys}/:key`;
const keyRef = ({ part }: AdminCall) => ({ userId: part('user'), id: part('key') });

export const adminRoutes: readonly AdminRoute[] = [
  {
    method: 'post',
    path: '/admin/users',
    status: 201,
    run: async ({ context, body }) => createUser(context, await body(adminBodyBytesMax)),
  },
  { method: 'get', path: '/admin/users', run: ({ context, page }) => listUsers(context, page) },
  { method: 'get', path: user, run: ({ context, part }) => getUser(context, part('user')) },
  {
    method: 'patch',
    path: user,
    run: async ({ context, part, body, options }) =>
      changeUser(context, part('user'), await body(adminBodyBytesMax), options),
  },
  { method: 'delete', path: user, run: ({ context, part, options }) => deleteUser(context, part('user'), options) },
  { method: 'get', path: `${user}/usage`, run: ({ context, part }) => userUsage(context, part('user')) },
  { method: 'post', path: `${user}/reset-quota`, run: ({ context, part }) => resetQuota(context, part('user')) },
  {
    method: 'post',
    path: keys,
    status: 201,
    run: async ({ context, part, body }) => createKey(context, part('user'), await body(adminBodyBytesMax)),
  },
  { method: 'get', path: keys, run: ({ context, part, page }) => listKeys(context, part('user'), page) },
  { method: 'get', path: key, run: (call) => getKey(call.context, keyRef(call)) },
  {
    method: 'patch',
    path: key,
    run: async (call) => changeKey(call.context, keyRef(call), await call.body(adminBodyBytesMax), call.options),
  },
  { method: 'delete', path: key, run: (call) => revokeKey(call.context, keyRef(call), call.options) },
  { method: 'get', path: '/admin/catalog', run: ({ context }) => getCatalog(context) },
  {
    method: 'put',
    path: '/admin/catalog',
    run: async ({ context, body, options }) => putCatalog(context, await body(catalogBytesMax), options),
  },
  {
    method: 'patch',
    path: '/admin/catalog',
    run: async ({ context, body, options }) => patchCatalog(context, await body(catalogBytesMax), options),
  },
  { method: 'get', path: '/admin/health', run: ({ context }) => adminHealth(context) },
  {
    method: 'post',
    path: '/admin/providers/:name/reset',
    run: ({ context, part }) => resetProvider(context, part('name')),
  },
  {
    method: 'post',
    path: '/admin/accounts/:account/restart-ledger',
    run: ({ context, part }) => restartLedger(context, part('account')),
  },
  { method: 'get', path: '/admin/audit', run: ({ context, page }) => listAudit(context, page) },
];
