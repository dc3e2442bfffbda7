import { runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { adminBodyBytesMax, auditKeepRows, pageSizeMax } from '../../../src/limits.ts';
import { admin, adminKey, errorOf, newKey, newUser } from './admin-client.ts';

const get = async (headers: Record<string, string>, path = '/admin/users'): Promise<number> =>
  (await exports.default.fetch(`https://weir.test${path}`, { headers })).status;

describe('who may', () => {
  test('is whoever has the admin key, in any of the headers for keys', async () => {
    expect(await get({ authorization: `Bearer ${adminKey}` })).toBe(200);
    expect(await get({ 'x-api-key': adminKey })).toBe(200);
    expect(await get({ 'api-key': adminKey })).toBe(200);
  });

  test('is nobody else, whatever there is at the path', async () => {
    for (const path of ['/admin/users', '/admin/nothing', '/admin']) {
      expect(await get({ 'cf-connecting-ip': '192.0.2.1' }, path)).toBe(401);
      expect(await get({ 'cf-connecting-ip': '192.0.2.1', authorization: `Bearer ${adminKey}x` }, path)).toBe(401);
    }
    const refused = await exports.default.fetch('https://weir.test/admin/users', { headers: { 'x-api-key': 'guess' } });
    expect(await refused.json()).toMatchObject({ error: { code: 'invalid_api_key', type: 'authentication_error' } });
  });

  test('is not the holder of an API key', async () => {
    const { key } = await newKey(await newUser());
    const refused = await exports.default.fetch('https://weir.test/admin/users', { headers: { 'x-api-key': key } });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ error: { code: 'permission_denied' } });
  });

  test('is found out slowly by guessing', async () => {
    const guess = async () => get({ 'x-api-key': 'guess', 'cf-connecting-ip': '192.0.2.77' });
    const answers = await Promise.all(Array.from({ length: 40 }, guess));
    expect(new Set(answers)).toEqual(new Set([401, 429]));
    expect(await get({ 'x-api-key': adminKey, 'cf-connecting-ip': '192.0.2.77' })).toBe(200);
  });
});

describe('a request that nothing answers', () => {
  test('is told what there is', async () => {
    const { error } = (await admin('GET', '/admin/user')).body as { error: { message: string } };
    expect(error).toMatchObject({ code: 'not_found' });
    for (const path of ['/admin/users/{user}/api-keys/{key}', '/admin/catalog', '/admin/providers/{name}/reset']) {
      expect(error.message).toContain(path);
    }
  });

  test('by its method is told which methods there are', async () => {
    const refused = await admin('PUT', '/admin/users/u_1');
    expect(errorOf(refused)).toMatchObject({ status: 405, code: 'method_not_allowed' });
    expect(refused.headers.get('allow')).toBe('GET, HEAD, PATCH, DELETE');
    expect((await admin('POST', '/admin/health')).headers.get('allow')).toBe('GET, HEAD');
  });
});

describe('a body', () => {
  test.each([
    ['', /empty/],
    ['{"email":', /not JSON/],
    ['null', /must be/],
    ['"ada@example.com"', /must be/],
    ['[]', /object/],
    [`${'['.repeat(100)}${']'.repeat(100)}`, /nested/],
  ])('of %j is refused with what is wrong with it', async (body, message) => {
    expect(errorOf(await admin('POST', '/admin/users', body))).toMatchObject({
      status: 400,
      code: 'invalid_request',
      message: expect.stringMatching(message),
    });
  });

  test('is taken up to its bound, and refused one byte above', async () => {
    const body = (bytes: number): string => {
      const [start, end] = [`{"email":"large-${bytes}@example.com"`, '}'];
      return start + ' '.repeat(bytes - start.length - end.length) + end;
    };
    expect(await admin('POST', '/admin/users', body(adminBodyBytesMax))).toMatchObject({ status: 201 });
    expect(errorOf(await admin('POST', '/admin/users', body(adminBodyBytesMax + 1)))).toMatchObject({
      status: 413,
      code: 'request_too_large',
    });
  });
});

describe('a listing', () => {
  test('shows everything once, in order, however it is cut into pages and whatever is added in between', async () => {
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1) made.push(await newUser());
    const everyone: unknown[] = [];
    let path: string | undefined = '/admin/users?limit=2';
    while (path !== undefined) {
      const { body } = await admin('GET', path);
      expect(body['hasMore']).toBe(body['next'] !== null);
      everyone.push(...(body['data'] as { id: string }[]).map(({ id }) => id));
      path = typeof body['next'] === 'string' ? `/admin/users?limit=2&after=${body['next']}` : undefined;
      if (everyone.length < 7) made.push(await newUser());
    }
    expect(new Set(everyone).size).toBe(everyone.length);
    expect(everyone.filter((id) => made.includes(String(id)))).toEqual(made);
  });

  test('goes on where it was although what it ended with is gone', async () => {
    const first = await newUser();
    const second = await newUser();
    let page = await admin('GET', '/admin/users?limit=1');
    while ((page.body['data'] as { id: string }[])[0]?.id !== first) {
      page = await admin('GET', `/admin/users?limit=1&after=${String(page.body['next'])}`);
    }
    await admin('DELETE', `/admin/users/${first}`);
    const rest = await admin('GET', `/admin/users?after=${String(page.body['next'])}`);
    expect((rest.body['data'] as { id: string }[])[0]?.id).toBe(second);
  });

  test('of keys holds those of one user', async () => {
    const userId = await newUser();
    const mine = [await newKey(userId), await newKey(userId)];
    await newKey(await newUser());
    const path = `/admin/users/${userId}/api-keys`;
    const first = await admin('GET', `${path}?limit=1`);
    expect(first.body).toMatchObject({ hasMore: true, data: [{ id: mine[0]?.id }] });
    const second = await admin('GET', `${path}?limit=1&after=${String(first.body['next'])}`);
    expect(second.body).toMatchObject({ hasMore: false, next: null, data: [{ id: mine[1]?.id }] });
  });

  test.each([
    ['limit=0', 'limit'],
    [`limit=${pageSizeMax + 1}`, 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=', 'limit'],
    ['limit=many', 'limit'],
    ['after=u_1', 'after'],
    ['after=', 'after'],
    ['organisation=acme', 'organisation'],
    ['status=gone', 'status'],
    ['organization=nobody', 'organization'],
    ['q=', 'q'],
  ])('with %s is refused by the name of the parameter', async (query, param) => {
    expect(errorOf(await admin('GET', `/admin/users?${query}`))).toMatchObject({ status: 400, param });
  });

  test.each([1, pageSizeMax])('may have a limit of %i', async (limit) => {
    expect(await admin('GET', `/admin/users?limit=${limit}`)).toMatchObject({ status: 200 });
  });
});

describe('the audit log', () => {
  test('says who did what, the newest first, and no secret', async () => {
    const userId = await newUser();
    const made = await newKey(userId, { maxTokens: 5 });
    await admin('PATCH', made.path, { maxTokens: null });
    await admin('DELETE', made.path);
    await admin('POST', `/admin/users/${userId}/reset-quota`);
    const policy = { defaultModel: 'echo' };
    await admin('PATCH', `/admin/users/${userId}`, { policy });
    await admin('DELETE', `/admin/users/${userId}`);
    await admin('POST', '/admin/providers/echo/reset');
    const { body } = await admin('GET', '/admin/audit?limit=8');
    expect(body['data']).toMatchObject([
      { who: 'admin-key', action: 'provider.reset', subject: 'echo' },
      { action: 'user.deleted', subject: userId },
      { action: 'user.changed', subject: userId, details: { policy } },
      { action: 'user.quota-reset', subject: userId },
      { action: 'key.changed', subject: made.id, details: { policy: { status: 'revoked' } } },
      { action: 'key.changed', subject: made.id, details: { policy: { maxTokens: null } } },
      { action: 'key.created', subject: made.id, details: { userId, policy: { maxTokens: 5 } } },
      { action: 'user.created', subject: userId },
    ]);
    const older = await admin('GET', `/admin/audit?limit=1&after=${String(body['next'])}`);
    expect((older.body['data'] as unknown[])[0]).not.toMatchObject({ subject: userId });
  });

  test('keeps so many entries, and lets the oldest go', async () => {
    const directory = env.DIRECTORY.getByName('directory');
    const oldest = 1_000_000;
    await runInDurableObject(directory, (_, { storage }) => {
      for (const seq of [oldest, oldest + 1, oldest + auditKeepRows - 1]) {
        storage.sql.exec(`INSERT INTO audit VALUES (?, 1, 'w', 'a', 's', '{}')`, seq);
      }
    });
    await newUser();
    const kept = await runInDurableObject(directory, (_, { storage }) =>
      storage.sql.exec<{ seq: number }>('SELECT seq FROM audit ORDER BY seq').toArray(),
    );
    expect(kept.map(({ seq }) => seq - oldest)).toEqual([1, auditKeepRows - 1, auditKeepRows]);
  });

  test('has no entry for what was refused', async () => {
    await newUser({ email: 'once@example.com' });
    const latest = async () => (await admin('GET', '/admin/audit?limit=1')).body['data'];
    const before = await latest();
    await admin('POST', '/admin/users', { email: 'once@example.com' });
    await admin('PATCH', `/admin/users/${await newUserId()}`, { organization: 'x' }, { 'if-match': '"9"' });
    expect(await latest()).toEqual(before);
  });
});

/** An existing one. */
async function newUserId(): Promise<string> {
  const { body } = await admin('GET', '/admin/users?limit=1');
  return (body['data'] as [{ id: string }])[0].id;
}
