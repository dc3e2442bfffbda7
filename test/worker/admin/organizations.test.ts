import { env, exports } from 'cloudflare:workers';
import { describe, expect, test, vi } from 'vitest';
import { TenantActor } from '../../../src/actors/tenant/tenant-actor.ts';
import { nameCharsMax } from '../../../src/limits.ts';
import { chat } from '../../support/gateway.ts';
import { admin, errorOf, newKey, newOrganization, newUser, use } from './admin-client.ts';

const usageOf = async (path: string): Promise<Record<string, unknown>> => (await admin('GET', `${path}/usage`)).body;

describe('an organisation', () => {
  test('is made, and found again by its id and its name', async () => {
    const made = await admin('POST', '/admin/organizations', { name: 'Globex Inc.', externalId: 'crm-1' });
    expect(made).toMatchObject({ status: 201, etag: '"1"' });
    expect(made.body).toEqual({
      id: expect.stringMatching(/^o_[0-9a-f]{32}$/),
      name: 'Globex Inc.',
      externalId: 'crm-1',
      policy: {},
      createdAt: expect.stringMatching(/Z$/),
    });
    for (const called of [String(made.body['id']), 'Globex%20Inc.']) {
      expect(await admin('GET', `/admin/organizations/${called}`)).toMatchObject({ status: 200, body: made.body });
    }
    expect(errorOf(await admin('GET', '/admin/organizations/%zz'))).toMatchObject({ status: 404 });
  });

  test('may have one parent above it, and no more', async () => {
    const parent = await newOrganization('holding');
    const { body } = await admin('POST', '/admin/organizations', { name: 'daughter', parent: 'holding' });
    expect(body).toMatchObject({ name: 'daughter', parent });
    const deeper = await admin('POST', '/admin/organizations', { name: 'deeper', parent: 'daughter' });
    expect(errorOf(deeper)).toMatchObject({
      status: 400,
      param: 'parent',
      message: expect.stringMatching(/one level/),
    });
    const nobodys = await admin('POST', '/admin/organizations', { name: 'deeper', parent: 'nobody' });
    expect(errorOf(nobodys)).toMatchObject({ status: 400, param: 'parent' });
  });

  test('has a name that no sibling has, and one that others have needs an id', async () => {
    const [one, other] = [await newOrganization('one-holding'), await newOrganization('other-holding')];
    const first = await newOrganization('twin', { parent: one });
    expect(errorOf(await admin('POST', '/admin/organizations', { name: 'twin', parent: one }))).toMatchObject({
      status: 409,
      param: 'name',
    });
    await newOrganization('twin', { parent: other });
    const email = 'twin@example.com';
    expect(errorOf(await admin('POST', '/admin/users', { email, organization: 'twin' }))).toMatchObject({
      status: 400,
      param: 'organization',
      message: expect.stringMatching(/several/),
    });
    expect(await admin('POST', '/admin/users', { email, organization: first })).toMatchObject({ status: 201 });
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/users'],
      ['GET', '/usage'],
      ['DELETE', ''],
    ] as const) {
      expect(errorOf(await admin(method, `/admin/organizations/twin${path}`))).toMatchObject({
        status: 409,
        message: expect.stringMatching(/Several.*id of one/),
      });
    }
  });

  test.each([
    [{}, 'name', /missing/],
    [{ name: '' }, 'name', /empty/],
    [{ name: 'a'.repeat(nameCharsMax + 1) }, 'name', /200/],
    [{ name: ' a' }, 'name', /space/],
    [{ name: 'a\u0007b' }, 'name', /control/],
    [{ name: 'o_acme' }, 'name', /"o_"/],
    [{ name: 'a', policy: { plan: 'free' } }, 'policy.plan', /limits of its own/],
    [
      { name: 'a', policy: { limits: [{ metric: 'usd', per: 'total', max: '-1' }] } },
      'policy.limits[0].max',
      /dollars/,
    ],
  ])('%j is refused by the name of the field', async (body, param, message) => {
    expect(errorOf(await admin('POST', '/admin/organizations', body))).toMatchObject({
      status: 400,
      param,
      message: expect.stringMatching(message),
    });
  });

  test('may have a name as long as its bound', async () => {
    expect(await admin('POST', '/admin/organizations', { name: 'b'.repeat(nameCharsMax) })).toMatchObject({
      status: 201,
    });
  });

  test('is renamed, on a condition, and its users stay in it', async () => {
    const id = await newOrganization('before');
    const user = await newUser({ organization: 'before' });
    const path = `/admin/organizations/${id}`;
    expect(errorOf(await admin('PATCH', path, { name: 'after' }, { 'if-match': '"7"' }))).toMatchObject({
      status: 412,
    });
    await newOrganization('taken');
    expect(errorOf(await admin('PATCH', path, { name: 'taken' }))).toMatchObject({ status: 409 });
    const changed = await admin('PATCH', path, { name: 'after', externalId: 'x' }, { 'if-match': '"1"' });
    expect(changed).toMatchObject({ status: 200, etag: '"2"', body: { name: 'after', externalId: 'x' } });
    expect((await admin('PATCH', path, { externalId: null })).body).not.toHaveProperty('externalId');
    expect((await admin('GET', `/admin/users/${user}`)).body).toMatchObject({ organization: id });
    expect((await admin('GET', `${path}/users`)).body['data']).toMatchObject([{ id: user }]);
  });

  test('is deleted when nothing is below it, and its name is free again', async () => {
    const id = await newOrganization('closing');
    const user = await newUser({ organization: id });
    expect(errorOf(await admin('DELETE', `/admin/organizations/${id}`))).toMatchObject({
      status: 409,
      message: expect.stringMatching(/belong to it/),
    });
    await admin('PATCH', `/admin/users/${user}`, { organization: null });
    expect(await admin('DELETE', '/admin/organizations/closing')).toMatchObject({
      status: 200,
      body: { id, deleted: true },
    });
    expect(errorOf(await admin('GET', `/admin/organizations/${id}`))).toMatchObject({ status: 404 });
    expect(errorOf(await admin('DELETE', `/admin/organizations/${id}`))).toMatchObject({ status: 404 });
    expect(await newOrganization('closing')).not.toBe(id);
  });
});

describe('an organisation that is deleted with all below it', () => {
  test('takes its organisations, users and keys with it, in one change', async () => {
    const above = await newOrganization('falling');
    const below = await newOrganization('falling too', { parent: above });
    const [one, two] = [await newUser({ organization: above }), await newUser({ organization: below })];
    const keys = [await newKey(one), await newKey(two)];
    const elsewhere = await newKey(await newUser());
    for (const key of [...keys, elsewhere]) await use(key);
    expect(errorOf(await admin('DELETE', `/admin/organizations/${above}`))).toMatchObject({ status: 409 });
    expect(errorOf(await admin('DELETE', `/admin/organizations/${above}?recursive=yes`))).toMatchObject({
      status: 400,
      param: 'recursive',
    });
    expect(await admin('DELETE', `/admin/organizations/${above}?recursive=true`)).toMatchObject({
      status: 200,
      body: { id: above, deleted: true },
    });
    for (const key of keys) expect(await use(key)).toBe('revoked');
    expect(await use(elsewhere)).toMatchObject({ account: { id: elsewhere.id } });
    for (const path of [`users/${one}`, `users/${two}`, `organizations/${above}`, `organizations/${below}`]) {
      expect(await admin('GET', `/admin/${path}`)).toMatchObject({ status: 404 });
    }
    expect((await admin('GET', '/admin/audit?limit=1')).body['data']).toMatchObject([
      { action: 'organization.deleted', subject: above, details: { organizations: 2, users: 2 } },
    ]);
  });

  test('is not, over RPC either, by a text that looks like false', async () => {
    const organization = await newOrganization('kept by text');
    await newUser({ organization });
    const options = { recursive: 'false' as unknown as boolean };
    expect(await exports.Admin.deleteOrganization(organization, options)).toMatchObject({
      ok: false,
      error: { code: 'invalid_request', param: 'recursive' },
    });
  });

  test('says how many keys have not heard of it yet', async () => {
    const organization = await newOrganization('unheard');
    const key = await newKey(await newUser({ organization }));
    await use(key);
    const away = vi.spyOn(TenantActor.prototype, 'configure').mockRejectedValue(new Error('away'));
    expect((await admin('DELETE', '/admin/organizations/unheard?recursive=true')).body).toEqual({
      id: organization,
      deleted: true,
      pending: 1,
    });
    away.mockRestore();
  });
});

describe('what an organisation has spent', () => {
  test('is what its keys have spent, to the nano-dollar, and so is that of its users and its parent', async () => {
    const parent = await newOrganization('spending-holding');
    const organization = await newOrganization('spending', { parent });
    const users = [await newUser({ organization }), await newUser({ organization })];
    for (const user of users) for (let keys = 0; keys < 2; keys += 1) await chat(await newKey(user));
    const sums = await Promise.all(users.map(async (user) => usageOf(`/admin/users/${user}`)));
    expect(sums).toMatchObject([{ spend: { totalUsd: '0.000036' } }, { spend: { totalUsd: '0.000036' } }]);
    for (const id of [organization, parent]) {
      expect(await usageOf(`/admin/organizations/${id}`)).toEqual({
        id,
        limits: [],
        spend: { todayUsd: '0.000072', monthUsd: '0.000072', totalUsd: '0.000072' },
        byModel: [{ model: 'echo', requests: 4, inputTokens: 32, outputTokens: 20, costUsd: '0.000072' }],
      });
    }
  });

  test('is nothing before its first call, and asks no account', async () => {
    const organization = await newOrganization('idle');
    expect(await usageOf(`/admin/organizations/${organization}`)).toMatchObject({ spend: { totalUsd: '0.00' } });
    expect(errorOf(await admin('GET', '/admin/organizations/o_nobody/usage'))).toMatchObject({ status: 404 });
  });

  test('goes on being counted after it and its user are deleted', async () => {
    const organization = await newOrganization('late');
    const user = await newUser({ organization });
    const key = await newKey(user);
    await chat(key);
    const { body: before } = await admin('GET', `/admin/organizations/${organization}/usage`);
    await admin('DELETE', `/admin/users/${user}`);
    await admin('DELETE', `/admin/organizations/${organization}`);
    const above = env.TENANT.getByName(organization);
    const delivery = {
      from: 'k_late',
      ledger: 'l',
      after: { seq: 0, check: 0 },
      through: { seq: 1, check: 1 },
      n: 1,
      postings: [],
    };
    expect(await above.take(delivery, 0)).toEqual({ kind: 'taken' });
    expect((await above.inspect()).spend.totalNanoUsd).toBe(18_000);
    expect(before).toMatchObject({ spend: { totalUsd: '0.000018' } });
  });
});
