import { describe, expect, test } from 'vitest';
import { chat } from '../../support/gateway.ts';
import { admin, errorOf, newKey, newUser, use } from './admin-client.ts';

/** Goal: a key is found by its own id, whosever it is, and by its text where that is all that is known of it. */

describe('a key by its own id', () => {
  test('is shown with its user, changed on a condition, and revoked', async () => {
    const user = await newUser();
    const made = await newKey(user, { maxTokens: 5 });
    const path = `/admin/api-keys/${made.id}`;
    const { body: shown } = await admin('GET', made.path);
    expect(await admin('GET', path)).toMatchObject({ status: 200, etag: '"1"', body: { ...shown, user } });
    const changed = await admin('PATCH', path, { maxTokens: 7 }, { 'if-match': '"1"' });
    expect(changed).toMatchObject({ status: 200, etag: '"2"', body: { id: made.id, user, policy: { maxTokens: 7 } } });
    expect(errorOf(await admin('PATCH', path, {}, { 'if-match': '"1"' }))).toMatchObject({ status: 412 });
    await use(made);
    expect((await admin('DELETE', path)).body).toMatchObject({ user, policy: { status: 'revoked' } });
    expect(await use(made)).toBe('revoked');
  });

  test('has a usage, and a quota that is reset alone', async () => {
    const user = await newUser();
    const limits = [{ metric: 'requests', per: 'day', max: 9 }];
    const [one, other] = [await newKey(user, { limits }), await newKey(user, { limits })];
    for (const key of [one, other]) await chat(key);
    const posted = async (id: string): Promise<unknown> => (await admin('GET', `/admin/api-keys/${id}/usage`)).body;
    expect(await posted(one.id)).toMatchObject({
      id: one.id,
      limits: [{ posted: 1 }],
      spend: { totalUsd: '0.000018' },
    });
    expect(await admin('POST', `/admin/api-keys/${one.id}/reset-quota`)).toMatchObject({
      status: 200,
      body: { id: one.id, reset: true },
    });
    expect(await posted(one.id)).toMatchObject({ limits: [{ posted: 0 }], spend: { totalUsd: '0.000018' } });
    expect(await posted(other.id)).toMatchObject({ limits: [{ posted: 1 }] });
  });

  test('that was never used has nothing to forget, and gets no account', async () => {
    const { id } = await newKey(await newUser());
    expect(await admin('POST', `/admin/api-keys/${id}/reset-quota`)).toMatchObject({ status: 200 });
    expect((await admin('GET', `/admin/api-keys/${id}/usage`)).body).toMatchObject({ spend: { totalUsd: '0.00' } });
  });

  test('that there is not, or whose user is gone, is not found by any of its endpoints', async () => {
    const user = await newUser();
    const { id } = await newKey(user);
    await admin('DELETE', `/admin/users/${user}`);
    for (const key of ['k_nobody', id]) {
      for (const [method, path] of [
        ['GET', ''],
        ['DELETE', ''],
        ['GET', '/usage'],
        ['POST', '/reset-quota'],
      ] as const) {
        expect(errorOf(await admin(method, `/admin/api-keys/${key}${path}`))).toMatchObject({ status: 404 });
      }
      expect(errorOf(await admin('PATCH', `/admin/api-keys/${key}`, {}))).toMatchObject({ status: 404 });
    }
  });
});

describe('a key by its text', () => {
  test('is revoked', async () => {
    const user = await newUser();
    const made = await newKey(user);
    const revoked = await admin('POST', '/admin/api-keys/revoke', { key: made.key });
    expect(revoked).toMatchObject({ status: 200, body: { id: made.id, user, policy: { status: 'revoked' } } });
    expect(await use(made)).toBe('revoked');
  });

  test.each(['', 'weir_live_k_nobody', 'sk-123'])('%j is refused by the name of the field', async (key) => {
    expect(errorOf(await admin('POST', '/admin/api-keys/revoke', { key }))).toMatchObject({
      status: 400,
      param: 'key',
    });
  });

  test('that was changed in one character is nobody’s', async () => {
    const { key } = await newKey(await newUser());
    const forged = `${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`;
    expect(errorOf(await admin('POST', '/admin/api-keys/revoke', { key: forged }))).toMatchObject({ status: 400 });
  });
});
