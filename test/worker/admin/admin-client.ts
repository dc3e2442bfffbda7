import { env, exports } from 'cloudflare:workers';
import { expectDeclared } from '../../support/declared-answer.ts';
import type { Usage } from '../../../src/core/account/usage.ts';

/** What an admin endpoint answered. */
interface AdminAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly etag: string | null;
  readonly headers: Headers;
}

export const adminKey = 'test-admin-key';

/** Sends a request like an admin, and reads the answer. A text body is sent as it is. */
export async function admin(
  method: string,
  path: string,
  sent?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<AdminAnswer> {
  const request = new Request(`https://weir.test${path}`, {
    method,
    headers: { authorization: `Bearer ${adminKey}`, ...headers },
    ...(sent === undefined ? {} : { body: typeof sent === 'string' ? sent : JSON.stringify(sent) }),
  });
  const response = await exports.default.fetch(request);
  const body: Record<string, unknown> = await response.json();
  expectDeclared(method, path, { status: response.status, body });
  return {
    status: response.status,
    body,
    etag: response.headers.get('etag'),
    headers: response.headers,
  };
}

/** The `error` of an answer. */
export function errorOf({ status, body }: AdminAnswer): Record<string, unknown> {
  return { status, ...(body['error'] as Record<string, unknown>) };
}

let emails = 0;

export async function newUser(rest: Record<string, unknown> = {}): Promise<string> {
  emails += 1;
  const { status, body } = await admin('POST', '/admin/users', { email: `user-${emails}@example.com`, ...rest });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return String(body['id']);
}

/** The id of a new organisation. */
export async function newOrganization(name: string, rest: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await admin('POST', '/admin/organizations', { name, ...rest });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return String(body['id']);
}

export interface MadeKey {
  readonly userId: string;
  readonly id: string;
  readonly key: string;
  readonly path: string;
}

export async function newKey(userId: string, rest: Record<string, unknown> = {}): Promise<MadeKey> {
  const { status, body } = await admin('POST', `/admin/users/${userId}/api-keys`, { name: 'laptop', ...rest });
  if (status !== 201) throw new Error(JSON.stringify(body));
  const id = String(body['id']);
  return { userId, id, key: String(body['key']), path: `/admin/users/${userId}/api-keys/${id}` };
}

/** The SHA-256 that a router sends in place of the key. */
export async function hashOf(key: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Shows a key to its account, which answers its usage or why it denies it. The first time creates the account. */
export async function use({ id, key }: MadeKey): Promise<Usage | string> {
  const reply = await env.TENANT.getByName(id).usage({ secretHash: await hashOf(key) });
  return reply.kind === 'usage' ? reply.usage : reply.reason;
}
