import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { verifyKey } from '../../../src/identity/api-key.ts';
import { keysPerUserMax, nameCharsMax, namedCountersMax } from '../../../src/limits.ts';
import { admitRequest } from '../../support/account.ts';
import { type MadeKey, admin, errorOf, hashOf, newKey, newUser, use } from './admin-client.ts';

const monthly = (max: string) => ({ metric: 'usd', per: 'month', max });

async function limitsOf(key: MadeKey): Promise<readonly number[]> {
  const usage = await use(key);
  if (typeof usage === 'string') throw new Error(usage);
  return usage.account.limits.map(({ max }) => max);
}

describe('a key', () => {
  test('is shown once, when it is made, with any policy field at the top level', async () => {
    const userId = await newUser();
    const sent = { name: 'laptop', limits: [monthly('25')], models: { allow: ['echo*'] }, metadata: { team: 'a' } };
    const { name, ...policy } = sent;
    const made = await admin('POST', `/admin/users/${userId}/api-keys`, sent);
    expect(made).toMatchObject({ status: 201, etag: '"1"' });
    expect(made.body).toEqual({
      id: expect.stringMatching(/^k_[0-9a-z]{16}$/),
      key: expect.stringMatching(/^weir_live_k_/),
      name,
      policy,
      createdAt: expect.stringMatching(/Z$/),
    });
    const { key, ...shown } = made.body;
    const path = `/admin/users/${userId}/api-keys`;
    expect((await admin('GET', `${path}/${String(made.body['id'])}`)).body).toEqual(shown);
    const everything = JSON.stringify([await admin('GET', path), await admin('GET', '/admin/audit?limit=200')]);
    expect(everything).not.toContain(String(key));
    expect(everything).not.toContain(await hashOf(String(key)));
  });

  test('is one that the router knows for ours', async () => {
    const made = await newKey(await newUser());
    const verified = await verifyKey(made.key, ['test-key-secret']);
    expect(verified).toEqual({ id: made.id, test: false, secretHash: await hashOf(made.key) });
  });

  test('for tests is marked as such, for its account too', async () => {
    const userId = await newUser();
    const made = await newKey(userId, { test: true });
    expect(made.key).toMatch(/^weir_test_/);
    expect((await admin('GET', made.path)).body).toMatchObject({ test: true });
    expect(await use(made)).toMatchObject({ account: { test: true, userId } });
  });

  test('has a name even if it was given none', async () => {
    const { body } = await admin('POST', `/admin/users/${await newUser()}/api-keys`, {});
    expect(body).toMatchObject({ name: 'unnamed', policy: {} });
  });

  test('may have a name as long as its bound', async () => {
    const { body } = await admin('POST', `/admin/users/${await newUser()}/api-keys`, {
      name: 'n'.repeat(nameCharsMax),
    });
    expect(body).toMatchObject({ name: 'n'.repeat(nameCharsMax) });
  });

  test('of another user is not found', async () => {
    const made = await newKey(await newUser());
    const path = `/admin/users/${await newUser()}/api-keys/${made.id}`;
    for (const method of ['GET', 'DELETE']) expect(await admin(method, path)).toMatchObject({ status: 404 });
    expect(await admin('PATCH', path, { name: 'x' })).toMatchObject({ status: 404 });
    expect(await use(made)).toMatchObject({ account: { id: made.id } });
  });

  test.each([
    [{ name: '' }, 'name'],
    [{ name: 'x'.repeat(nameCharsMax + 1) }, 'name'],
    [{ policy: { limits: [] } }, 'policy'],
    [{ limits: [{ metric: 'usd', per: 'month', max: '1.0000000001' }] }, 'limits[0].max'],
    [{ limits: [{ metric: 'concurrency', per: 'day', max: 1 }] }, 'limits[0].per'],
    [{ status: 'paused' }, 'status'],
    [{ expiresAt: 'tomorrow' }, 'expiresAt'],
    [[], undefined],
  ])('%j is refused by the name of the field', async (body, param) => {
    const refused = await admin('POST', `/admin/users/${await newUser()}/api-keys`, body);
    expect(errorOf(refused)).toMatchObject({ status: 400, code: 'invalid_request', param: param ?? null });
  });

  test('whose limits or lists name no model is made, and the answer says so', async () => {
    const limits = [{ metric: 'requests', per: 'day', max: 1, models: ['echo', 'ecko'] }];
    const path = `/admin/users/${await newUser()}/api-keys`;
    const { status, body } = await admin('POST', path, { limits });
    const told = expect.stringMatching(/^limits\[0\]\.models\[1\] is "ecko", which matches no model/) as unknown;
    expect({ status, warnings: body['warnings'] }).toEqual({ status: 201, warnings: [told] });
    const key = `${path}/${String(body['id'])}`;
    expect((await admin('GET', key)).body).not.toHaveProperty('warnings');
    expect((await admin('PATCH', key, { models: { deny: ['ecko'] } })).body['warnings']).toHaveLength(1);
    expect((await admin('PATCH', key, { models: { deny: ['echo'] } })).body).not.toHaveProperty('warnings');
    const policy = { models: { deny: ['ecko'] } };
    const user = await admin('POST', '/admin/users', { email: 'warned@example.com', policy });
    expect(user.body['warnings']).toHaveLength(1);
    expect((await admin('PATCH', `/admin/users/${String(user.body['id'])}`, { policy })).body['warnings']).toHaveLength(
      1,
    );
  });

  test('is refused to a user who has had as many as one may', async () => {
    const userId = await newUser();
    const directory = env.DIRECTORY.getByName('directory');
    for (let made = 1; made < keysPerUserMax; made += 1) {
      const key = { id: `k_${userId}_${made}`, userId, name: 'x', test: false, secretHash: 'a', policy: {} };
      await directory.createKey(key, 'test');
    }
    await newKey(userId);
    expect(errorOf(await admin('POST', `/admin/users/${userId}/api-keys`, {}))).toMatchObject({
      status: 409,
      code: 'conflict',
    });
  });
});

describe('a change of a key', () => {
  test('holds from the next request on, and null takes a field away', async () => {
    const made = await newKey(await newUser(), { limits: [monthly('25')], defaultModel: 'echo' });
    expect(await limitsOf(made)).toEqual([25e9]);
    const changed = await admin('PATCH', made.path, { limits: [monthly('5'), monthly('7')], defaultModel: null });
    expect(changed).toMatchObject({ status: 200, etag: '"2"' });
    expect(changed.body).not.toHaveProperty('policy.defaultModel');
    expect(changed.body).not.toHaveProperty('pending');
    expect(await limitsOf(made)).toEqual([5e9, 7e9]);
    await admin('PATCH', made.path, { limits: null });
    expect(await limitsOf(made)).toEqual([]);
  });

  test('makes a router plan again that planned before it', async () => {
    const made = await newKey(await newUser());
    const actor = env.TENANT.getByName(made.id);
    const planned = { ...admitRequest('call-1', { version: 1 }), secretHash: await hashOf(made.key) };
    expect(await actor.admit(planned)).toMatchObject({ kind: 'granted' });
    await admin('PATCH', made.path, { models: { deny: ['echo'] } });
    expect(await actor.admit({ ...planned, call: { ...planned.call, name: 'call-2' } })).toMatchObject({
      kind: 'stale',
      account: { version: 2, policy: { models: { deny: ['echo'] } } },
    });
  });

  test('made before the first use is what the first use finds', async () => {
    const made = await newKey(await newUser(), { limits: [monthly('25')] });
    expect(await admin('PATCH', made.path, { limits: [monthly('1')] })).toMatchObject({ status: 200 });
    expect(await limitsOf(made)).toEqual([1e9]);
  });

  test('that changes nothing makes no new version', async () => {
    const made = await newKey(await newUser(), { plan: 'pro' });
    expect(await admin('PATCH', made.path, { plan: 'pro' })).toMatchObject({ status: 200, etag: '"1"' });
    expect(await admin('PATCH', made.path, {})).toMatchObject({ status: 200, etag: '"1"' });
  });

  test('is refused to one of two that were made from the same reading', async () => {
    const made = await newKey(await newUser());
    await use(made);
    const answers = await Promise.all(
      ['a', 'b'].map(async (plan) => admin('PATCH', made.path, { plan }, { 'if-match': '"1"' })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 412]));
  });

  test('and another at the same time both hold', async () => {
    const made = await newKey(await newUser());
    await use(made);
    const changes = [{ plan: 'pro' }, { defaultModel: 'echo' }, { maxTokens: 7 }, { waitMs: 5 }];
    const answers = await Promise.all(changes.map(async (change) => admin('PATCH', made.path, change)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const policy = { plan: 'pro', defaultModel: 'echo', maxTokens: 7, waitMs: 5 };
    expect(await use(made)).toMatchObject({ account: { version: 5, policy } });
    expect(await admin('GET', made.path)).toMatchObject({ etag: '"5"', body: { policy } });
  });

  test('for which the account has no counters left changes nothing at all', async () => {
    const made = await newKey(await newUser(), { plan: 'pro' });
    await use(made);
    const scoped = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => ({ metric: 'tokens', per: 'day', max: 1, models: [`m-${from + n}`] }));
    for (let named = 0; named < namedCountersMax; named += 32) {
      expect(await admin('PATCH', made.path, { limits: scoped(named, 32) })).toMatchObject({ status: 200 });
    }
    const kept = scoped(namedCountersMax - 32, 32);
    const refused = await admin('PATCH', made.path, {
      plan: 'free',
      name: 'desk',
      limits: scoped(namedCountersMax, 1),
    });
    expect(errorOf(refused)).toMatchObject({ status: 400, code: 'invalid_request', param: 'limits' });
    expect((await admin('GET', made.path)).body).toMatchObject({
      name: 'laptop',
      policy: { plan: 'pro', limits: kept },
    });
    // The version that an admin read while the change was being tried is no longer current.
    expect(await admin('GET', made.path)).toMatchObject({
      etag: '"7"',
      body: expect.not.objectContaining({ pending: true }),
    });
    expect(await use(made)).toMatchObject({ account: { policy: { plan: 'pro', limits: kept } } });
    expect(await admin('PATCH', made.path, { limits: scoped(0, 32) })).toMatchObject({ status: 200 });
  });
});

describe('revocation', () => {
  test('holds from the next request on, and for ever', async () => {
    const made = await newKey(await newUser());
    await use(made);
    expect(await admin('DELETE', made.path)).toMatchObject({
      status: 200,
      body: { id: made.id, policy: { status: 'revoked' } },
    });
    expect(await use(made)).toBe('revoked');
    const revived = await admin('PATCH', made.path, { status: 'active' });
    expect(errorOf(revived)).toMatchObject({ status: 409, code: 'conflict' });
    expect(await use(made)).toBe('revoked');
  });

  test('of a key that was never used holds at its first use', async () => {
    const made = await newKey(await newUser());
    await admin('DELETE', made.path);
    expect(await use(made)).toBe('revoked');
  });

  test('can be repeated', async () => {
    const made = await newKey(await newUser());
    await admin('DELETE', made.path);
    expect(await admin('DELETE', made.path)).toMatchObject({ status: 200, etag: '"2"' });
  });

  test('is no more than suspension where that is asked for', async () => {
    const made = await newKey(await newUser());
    await use(made);
    await admin('PATCH', made.path, { status: 'suspended' });
    expect(await use(made)).toBe('suspended');
    await admin('PATCH', made.path, { status: 'active' });
    expect(await use(made)).toMatchObject({ account: { id: made.id } });
  });
});

describe('the account of a key', () => {
  test('is made by the first use of the key, and by nothing that an admin does', async () => {
    const userId = await newUser();
    const made = await newKey(userId, { limits: [monthly('25')] });
    await admin('PATCH', made.path, { limits: [monthly('5')] });
    await admin('GET', `/admin/users/${userId}/usage`);
    await admin('POST', `/admin/users/${userId}/reset-quota`);
    const { record } = await env.DIRECTORY.getByName('directory')
      .key(userId, made.id)
      .then((key) => ({ record: key }));
    expect(record).not.toHaveProperty('activatedAtMs');
    await use(made);
    expect(await env.DIRECTORY.getByName('directory').key(userId, made.id)).toHaveProperty('activatedAtMs');
  });
});
