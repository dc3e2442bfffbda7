import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { admin, errorOf, newKey, newOrganization, newUser, use } from './admin-client.ts';

/** Goal: a list has those who are all that is asked for, page by page, and a program is a user like any other. */

async function idsOf(path: string): Promise<unknown[]> {
  const { body } = await admin('GET', path);
  return (body['data'] as { id: unknown }[]).map(({ id }) => id);
}

describe('a list of users', () => {
  test('has those who are all that is asked for', async () => {
    const organization = await newOrganization('listing');
    const ada = await newUser({ email: 'Ada.Listing@example.com', organization, externalId: 'HR-1' });
    const bob = await newUser({ email: 'bob.listing@example.com', organization, policy: { status: 'suspended' } });
    const eve = await newUser({ email: 'eve.listing@example.com' });
    expect(await idsOf('/admin/users?organization=listing')).toEqual([ada, bob]);
    expect(await idsOf(`/admin/users?organization=${organization}&status=active`)).toEqual([ada]);
    expect(await idsOf('/admin/users?organization=listing&status=suspended')).toEqual([bob]);
    expect(await idsOf('/admin/users?email=ada.listing@EXAMPLE.com')).toEqual([ada]);
    expect(await idsOf('/admin/users?externalId=HR-1')).toEqual([ada]);
    expect(await idsOf('/admin/users?externalId=hr-1')).toEqual([]);
    expect(await idsOf('/admin/users?q=.LISTING@')).toEqual([ada, bob, eve]);
    expect(await idsOf('/admin/users?q=hr-1')).toEqual([ada]);
    expect(await idsOf('/admin/users?q=%25')).toEqual([]);
  });

  test('goes on with the same filter on its next page', async () => {
    const organization = await newOrganization('paged');
    const made: string[] = [];
    for (let user = 0; user < 3; user += 1) {
      made.push(await newUser({ organization }));
      await newUser();
    }
    const first = await admin('GET', '/admin/users?organization=paged&limit=2');
    expect(first.body).toMatchObject({ hasMore: true });
    const rest = await idsOf(`/admin/users?organization=paged&limit=2&after=${String(first.body['next'])}`);
    expect([...(first.body['data'] as { id: string }[]).map(({ id }) => id), ...rest]).toEqual(made);
  });
});

describe('a filter that is given twice', () => {
  test('is refused: of two only one would be meant', async () => {
    const twice = await admin('GET', '/admin/users?status=active&status=suspended');
    expect(errorOf(twice)).toMatchObject({ status: 400, param: 'status', message: expect.stringMatching(/once/) });
  });
});

describe('a list of organizations', () => {
  test('has those that are all that is asked for', async () => {
    const holding = await newOrganization('Filter Holding');
    const [one, two] = [
      await newOrganization('Filter One', { parent: holding, externalId: 'CRM-9' }),
      await newOrganization('Filter Two', { parent: holding }),
    ];
    expect(await idsOf(`/admin/organizations?parent=${holding}`)).toEqual([one, two]);
    expect(await idsOf('/admin/organizations?parent=Filter%20Holding&q=TWO')).toEqual([two]);
    expect(await idsOf('/admin/organizations?externalId=CRM-9')).toEqual([one]);
    expect(await idsOf('/admin/organizations?q=filter')).toEqual([holding, one, two]);
    const accented = await newOrganization('Über Ünal');
    expect(await idsOf(`/admin/organizations?q=${encodeURIComponent('über ü')}`)).toEqual([accented]);
    expect(await idsOf(`/admin/organizations?q=${encodeURIComponent('ÜNAL'.normalize('NFD'))}`)).toEqual([accented]);
    expect(errorOf(await admin('GET', '/admin/organizations?parent=nobody'))).toMatchObject({
      status: 400,
      param: 'parent',
    });
    expect(errorOf(await admin('GET', '/admin/organizations?name=x'))).toMatchObject({ status: 400, param: 'name' });
  });
});

const newProgram = async (): Promise<string> => String((await admin('POST', '/admin/users', {})).body['id']);

describe('a program', () => {
  test('is a user without an address, as many as there are, and its keys serve', async () => {
    const made = await admin('POST', '/admin/users', { externalId: 'nightly-batch' });
    expect(made).toMatchObject({ status: 201, body: { externalId: 'nightly-batch' } });
    expect(made.body).not.toHaveProperty('email');
    const id = String(made.body['id']);
    expect((await admin('GET', `/admin/users/${id}`)).body).toEqual(made.body);
    expect(await admin('POST', '/admin/users', {})).toMatchObject({ status: 201 });
    expect(await use(await newKey(id))).toMatchObject({ account: { userId: id } });
    expect(await idsOf('/admin/users?q=NIGHTLY')).toEqual([id]);
  });

  test('has no address that an old release would take for that of another', async () => {
    const [one, other] = [await newProgram(), await newProgram()];
    const emails = await runInDurableObject(env.DIRECTORY.getByName('directory'), (_, { storage }) =>
      [one, other].map((id) => storage.sql.exec('SELECT email, email_key FROM users WHERE id = ?', id).one()),
    );
    expect(emails).toEqual([one, other].map((id) => ({ email: id, email_key: null })));
  });

  test('may get an address later, and lose it, and then another may have it', async () => {
    const { body } = await admin('POST', '/admin/users', {});
    const path = `/admin/users/${String(body['id'])}`;
    const email = 'later@example.com';
    expect(await admin('PATCH', path, { email })).toMatchObject({ status: 200, body: { email } });
    expect(errorOf(await admin('POST', '/admin/users', { email }))).toMatchObject({ status: 409, param: 'email' });
    expect((await admin('PATCH', path, { email: null, externalId: 'x' })).body).not.toHaveProperty('email');
    expect(await admin('POST', '/admin/users', { email })).toMatchObject({ status: 201 });
    expect((await admin('PATCH', path, { externalId: null })).body).not.toHaveProperty('externalId');
  });
});
