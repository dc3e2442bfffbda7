import { describe, expect, test } from 'vitest';
import { emailCharsMax, nameCharsMax } from '../../../src/limits.ts';
import { admin, errorOf, newKey, newOrganization, newUser, use } from './admin-client.ts';

describe('a user', () => {
  test('is made, and found again as it was made', async () => {
    const policy = { limits: [{ metric: 'usd', per: 'month', max: '25' }] };
    const organization = await newOrganization('made');
    const made = await admin('POST', '/admin/users', { email: 'Ada@example.com', organization: 'made', policy });
    expect(made).toMatchObject({ status: 201, etag: '"1"' });
    expect(made.body).toEqual({
      id: expect.stringMatching(/^u_[0-9a-f]{32}$/),
      email: 'Ada@example.com',
      organization,
      policy,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    const found = await admin('GET', `/admin/users/${String(made.body['id'])}`);
    expect(found).toMatchObject({ status: 200, etag: '"1"', body: made.body });
  });

  test('without an organisation or a policy has neither', async () => {
    const { body } = await admin('POST', '/admin/users', { email: 'plain@example.com' });
    expect(body['policy']).toEqual({});
    expect(body).not.toHaveProperty('organization');
  });

  test('can not have an address that another has, however it is capitalised', async () => {
    await newUser({ email: 'taken@example.com' });
    const refused = await admin('POST', '/admin/users', { email: 'TAKEN@example.com' });
    expect(errorOf(refused)).toMatchObject({ status: 409, code: 'conflict', param: 'email' });
    const other = await newUser();
    const moved = await admin('PATCH', `/admin/users/${other}`, { email: 'Taken@Example.com' });
    expect(errorOf(moved)).toMatchObject({ status: 409, code: 'conflict', param: 'email' });
  });

  test('may write the address that it has in another way', async () => {
    const id = await newUser({ email: 'own@example.com' });
    expect(await admin('PATCH', `/admin/users/${id}`, { email: 'Own@example.com' })).toMatchObject({
      status: 200,
      body: { email: 'Own@example.com' },
    });
  });

  test.each([
    [{ email: null }, 'email', /must be|string/],
    [{ email: 'ada' }, 'email', /email address/],
    [{ email: `${'a'.repeat(250)}@example.com` }, 'email', /254/],
    [{ email: 'a@example.com', limits: [] }, 'limits', /not a known field/],
    [{ email: 'a@example.com', organization: 'nobody' }, 'organization', /POST \/admin\/organizations/],
    [{ email: 'a@example.com', organization: '' }, 'organization', /empty/],
    [
      { email: 'a@example.com', policy: { limits: [{ metric: 'usd', per: 'fortnight', max: 1 }] } },
      'policy.limits[0].per',
      /30s to 90d/,
    ],
  ])('%j is refused by the name of the field', async (body, param, message) => {
    expect(errorOf(await admin('POST', '/admin/users', body))).toMatchObject({
      status: 400,
      code: 'invalid_request',
      param,
      message: expect.stringMatching(message),
    });
  });

  test('may have an address and an organisation as long as their bounds, and no longer', async () => {
    const address = (chars: number): string => '@example.com'.padStart(chars, 'a');
    const create = async (email: string, organization: string): Promise<number> =>
      (await admin('POST', '/admin/users', { email, organization })).status;
    const longest = 'a'.repeat(nameCharsMax);
    await newOrganization(longest);
    expect(await create(address(emailCharsMax), longest)).toBe(201);
    expect(await create(address(emailCharsMax + 1), longest)).toBe(400);
    expect(await create('short@example.com', 'a'.repeat(nameCharsMax + 1))).toBe(400);
  });

  test('keeps what a change does not name, and loses what it names null', async () => {
    await newOrganization('left');
    const id = await newUser({ organization: 'left', policy: { plan: 'pro', defaultModel: 'echo' } });
    const changed = await admin('PATCH', `/admin/users/${id}`, { organization: null, policy: { plan: null } });
    expect(changed).toMatchObject({ status: 200, etag: '"2"', body: { policy: { defaultModel: 'echo' } } });
    expect(changed.body).not.toHaveProperty('organization');
    expect((await admin('GET', `/admin/users/${id}`)).body).toEqual(changed.body);
  });

  test('that does not exist is not found, by any of its endpoints', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/usage'],
      ['POST', '/reset-quota'],
      ['GET', '/api-keys'],
    ] as const) {
      expect(errorOf(await admin(method, `/admin/users/u_nobody${path}`))).toMatchObject({
        status: 404,
        code: 'not_found',
      });
    }
    expect(errorOf(await admin('PATCH', '/admin/users/u_nobody', {}))).toMatchObject({ status: 404 });
    expect(errorOf(await admin('POST', '/admin/users/u_nobody/api-keys', {}))).toMatchObject({ status: 404 });
  });
});

describe('a condition on a change', () => {
  test('is met by the etag of what was read, and by none that is older', async () => {
    const id = await newUser();
    const a = await newOrganization('a');
    await newOrganization('b');
    const path = `/admin/users/${id}`;
    const { etag } = await admin('GET', path);
    expect(await admin('PATCH', path, { organization: 'a' }, { 'if-match': String(etag) })).toMatchObject({
      status: 200,
    });
    const stale = await admin('PATCH', path, { organization: 'b' }, { 'if-match': String(etag) });
    expect(errorOf(stale)).toMatchObject({
      status: 412,
      code: 'precondition_failed',
      message: expect.stringContaining('"2"'),
    });
    expect((await admin('GET', path)).body).toMatchObject({ organization: a });
    expect(errorOf(await admin('DELETE', path, undefined, { 'if-match': '"1"' }))).toMatchObject({ status: 412 });
  });

  test.each([
    ['"1"', 200],
    ['W/"1"', 200],
    ['*', 200],
    ['"7", "1"', 200],
    ['"7"', 412],
    ['"another-kind-of-etag"', 412],
    ['1', 412],
  ])('if-match: %s is answered %i', async (ifMatch, status) => {
    const path = `/admin/users/${await newUser()}`;
    const policy = { defaultModel: 'echo' };
    expect(await admin('PATCH', path, { policy }, { 'if-match': ifMatch })).toMatchObject({ status });
  });
});

describe('what a user may', () => {
  test('bounds what its keys may, from the next request on', async () => {
    const userId = await newUser();
    const key = await newKey(userId);
    const suspended = await newKey(userId, { status: 'suspended' });
    expect(await use(key)).toMatchObject({ spend: { totalNanoUsd: 0 } });
    expect(await use(suspended)).toBe('suspended');
    await admin('PATCH', `/admin/users/${userId}`, { policy: { status: 'suspended' } });
    expect(await use(key)).toBe('suspended');
    await admin('PATCH', `/admin/users/${userId}`, { policy: { status: 'active' } });
    expect(await use(key)).toMatchObject({ spend: { totalNanoUsd: 0 } });
    expect(await use(suspended)).toBe('suspended');
  });

  test('bounds a key that is used for the first time after that', async () => {
    const userId = await newUser();
    const key = await newKey(userId);
    await admin('PATCH', `/admin/users/${userId}`, { policy: { status: 'suspended' } });
    expect(await use(key)).toBe('suspended');
  });

  test('ends when the user is deleted, and the address is free again', async () => {
    const userId = await newUser({ email: 'leaving@example.com' });
    const used = await newKey(userId);
    const unused = await newKey(userId);
    await use(used);
    expect(await admin('DELETE', `/admin/users/${userId}`)).toMatchObject({
      status: 200,
      body: { id: userId, deleted: true },
    });
    expect(await use(used)).toBe('revoked');
    expect(await use(unused)).toBe('revoked');
    expect(await admin('GET', `/admin/users/${userId}`)).toMatchObject({ status: 404 });
    expect(await admin('GET', used.path)).toMatchObject({ status: 404 });
    expect(await admin('POST', `/admin/users/${userId}/api-keys`, {})).toMatchObject({ status: 404 });
    expect(await newUser({ email: 'leaving@example.com' })).not.toBe(userId);
  });
});
