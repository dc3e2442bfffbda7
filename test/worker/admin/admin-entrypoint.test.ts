// A runtime of its own: it looks through the list of all users.

import { exports } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Directory } from '../../../src/actors/directory/directory.ts';
import { verifyKey } from '../../../src/identity/api-key.ts';
import { admin } from './admin-client.ts';

/** What a Worker with a service binding gets. */
const weir = exports.Admin;

afterEach(() => void vi.restoreAllMocks());

type Result<T> = { readonly ok: true; readonly data: T; readonly version?: number } | { readonly ok: false };

function dataOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.data;
}

let emails = 0;
const email = (): string => `rpc-${(emails += 1)}@example.com`;

describe('the Admin entrypoint', () => {
  test('does all that the endpoints do', async () => {
    const organization = dataOf(await weir.createOrganization({ name: 'rpc' }));
    const user = dataOf(await weir.createUser({ email: email(), organization: 'rpc' }));
    expect(user.organization).toBe(organization.id);
    expect(dataOf(await weir.listUsersOf(organization.id)).data).toEqual([user]);
    const made = await weir.createKey(user.id, { name: 'laptop', maxTokens: 5 });
    expect(made).toMatchObject({ ok: true, version: 1, data: { name: 'laptop', policy: { maxTokens: 5 } } });
    const { key, ...shown } = dataOf(made);
    expect(await verifyKey(key, ['test-key-secret'])).toMatchObject({ id: shown.id });

    expect(dataOf(await weir.getUser(user.id))).toEqual(user);
    expect(dataOf(await weir.listUsers({ limit: 200 })).data).toContainEqual(user);
    expect(dataOf(await weir.getKey(user.id, shown.id))).toEqual(shown);
    expect(dataOf(await weir.listKeys(user.id))).toEqual({ data: [shown], hasMore: false, next: null });
    expect(dataOf(await weir.changeUser(user.id, { organization: null }))).not.toHaveProperty('organization');
    expect(dataOf(await weir.changeKey(user.id, shown.id, { maxTokens: null })).policy).toEqual({});
    expect(dataOf(await weir.userUsage(user.id))).toMatchObject({ id: user.id, keys: [{ id: shown.id }] });
    expect(dataOf(await weir.resetQuota(user.id))).toEqual({ id: user.id, keysReset: 0 });
    expect(dataOf(await weir.revokeKey(user.id, shown.id)).policy).toEqual({ status: 'revoked' });
    expect(dataOf(await weir.deleteUser(user.id))).toEqual({ id: user.id, deleted: true });

    const catalog = dataOf(await weir.getCatalog());
    expect(dataOf(await weir.putCatalog(catalog)).version).toBe(catalog.version + 1);
    expect(dataOf(await weir.patchCatalog({ emergency: 'echo' }))).toMatchObject({ emergency: 'echo' });
    expect(dataOf(await weir.health())).toMatchObject({ providers: { echo: { state: 'closed' } } });
    expect(dataOf(await weir.resetProvider('echo'))).toMatchObject({ state: 'closed' });
    expect(dataOf(await weir.listAudit({ limit: 1 })).data).toMatchObject([
      { who: 'binding', action: 'provider.reset' },
    ]);
  });

  test('and the endpoints see the same', async () => {
    const user = dataOf(await weir.createUser({ email: email() }));
    expect((await admin('GET', `/admin/users/${user.id}`)).body).toEqual(user);
  });

  test('answers a refusal as a value, with its code and the field', async () => {
    expect(await weir.createUser({ email: 'nobody' })).toEqual({
      ok: false,
      error: { code: 'invalid_request', param: 'email', message: expect.stringMatching(/email address/) },
    });
    expect(await weir.getUser('u_nobody')).toMatchObject({ ok: false, error: { code: 'not_found' } });
    expect(await weir.listUsers({ limit: 0 })).toMatchObject({
      ok: false,
      error: { code: 'invalid_request', param: 'limit' },
    });
    const user = dataOf(await weir.createUser({ email: email() }));
    expect(await weir.changeUser(user.id, { organization: 'x' }, { ifVersion: [7] })).toMatchObject({
      ok: false,
      error: { code: 'precondition_failed' },
    });
  });

  test('answers a failure as a value too, that says when to come back', async () => {
    vi.spyOn(Directory.prototype, 'user').mockRejectedValue(new Error('connection lost'));
    expect(await weir.getUser('u_1')).toMatchObject({ ok: false, error: { code: 'ledger_unavailable' } });
  });

  test('tells nobody what went wrong inside', async () => {
    const logged = vi.spyOn(console, 'error').mockReturnValue();
    const user = dataOf(await weir.createUser({ email: email() }));
    vi.spyOn(Directory.prototype, 'user').mockResolvedValue({ ...user, version: 1, createdAtMs: Number.NaN });
    const answer = await weir.getUser(user.id);
    expect(answer).toMatchObject({ ok: false, error: { code: 'internal_error' } });
    expect(JSON.stringify(answer)).not.toMatch(/time value/);
    expect(logged).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('time value'));
  });
});
