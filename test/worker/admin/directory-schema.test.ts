// A runtime of its own: it stops every object.

import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { admin, newKey, newOrganization, newUser, use } from './admin-client.ts';

const directory = () => env.DIRECTORY.getByName('directory');

describe('the tables of the directory', () => {
  test('are made once, and what is in them outlives a restart', async () => {
    const made = await newKey(await newUser(), { maxTokens: 5 });
    const before = await admin('GET', made.path);
    await abortAllDurableObjects();
    expect((await admin('GET', made.path)).body).toEqual(before.body);
  });

  test('serve this release although a newer one has added to them', async () => {
    const userId = await newUser();
    await runInDurableObject(directory(), (_, { storage }) => {
      storage.sql.exec('ALTER TABLE users ADD COLUMN nickname TEXT');
      storage.sql.exec('ALTER TABLE api_keys ADD COLUMN nickname TEXT');
      storage.sql.exec('INSERT INTO migrations (version) VALUES (99)');
    });
    await abortAllDurableObjects();
    const made = await newKey(userId);
    expect(await admin('PATCH', made.path, { maxTokens: 5 })).toMatchObject({ status: 200 });
  });

  test('find what they are asked for by an index', async () => {
    const plans = await runInDurableObject(directory(), (_, { storage }) =>
      [
        'SELECT * FROM users WHERE seq > 0 AND deleted_at IS NULL ORDER BY seq LIMIT 51',
        "SELECT * FROM users WHERE id = 'u'",
        "SELECT id FROM users WHERE email_key = 'a'",
        "SELECT * FROM api_keys WHERE id = 'k'",
        "SELECT * FROM api_keys WHERE user_id = 'u' AND seq > 0 ORDER BY seq LIMIT 51",
        'SELECT MIN(push_at) AS at FROM api_keys WHERE push_at IS NOT NULL',
        'SELECT id FROM api_keys WHERE push_at IS NOT NULL AND push_at <= 1 ORDER BY push_at LIMIT 1',
        'SELECT * FROM audit WHERE seq < 9 ORDER BY seq DESC LIMIT 51',
        "SELECT * FROM ledgers WHERE account = 'k'",
        "SELECT * FROM organizations WHERE name = 'a' AND deleted_at IS NULL LIMIT 2",
        "SELECT * FROM organizations WHERE parent = 'o' AND deleted_at IS NULL LIMIT 1",
        `SELECT * FROM users WHERE organization_id = 'o' AND seq > 0 AND deleted_at IS NULL ORDER BY seq LIMIT 51`,
      ].map((query) => storage.sql.exec<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`).toArray()),
    );
    for (const plan of plans) {
      expect(plan).toHaveLength(1);
      expect(plan[0]?.detail).toMatch(/^SEARCH .* USING /);
    }
  });
});

describe('users of whom a release before knew only the name of an organisation', () => {
  /** What a release does that knows no organisations. */
  const asBefore = async (query: string, ...bindings: readonly (string | null)[]): Promise<void> => {
    await runInDurableObject(directory(), (_, { storage }) => void storage.sql.exec(query, ...bindings));
    await abortAllDurableObjects();
  };
  const organizationOf = async (userId: string): Promise<unknown> =>
    (await admin('GET', `/admin/users/${userId}`)).body['organization'];

  test('belong to one of that name from then on, and their keys are told', async () => {
    const [ada, bob] = [await newUser(), await newUser()];
    const key = await newKey(ada);
    await use(key);
    await asBefore("UPDATE users SET organization = 'old-co' WHERE id IN (?, ?)", ada, bob);
    const { body } = await admin('GET', '/admin/organizations/old-co');
    expect(body).toMatchObject({ id: expect.stringMatching(/^o_[0-9a-f]{32}$/), name: 'old-co' });
    expect(await organizationOf(ada)).toBe(body['id']);
    expect(await organizationOf(bob)).toBe(body['id']);
    await runDurableObjectAlarm(directory());
    expect(await use(key)).toMatchObject({ account: { organizationId: body['id'] } });
    expect((await admin('GET', '/admin/organizations/old-co/users')).body['data']).toHaveLength(2);
  });

  test('are where that release has put them, if it was rolled back to', async () => {
    const organization = await newOrganization('new-co');
    const [moved, left, stayed] = await Promise.all([0, 1, 2].map(async () => newUser({ organization: 'new-co' })));
    await asBefore("UPDATE users SET organization = 'elsewhere' WHERE id = ?", String(moved));
    await asBefore('UPDATE users SET organization = NULL WHERE id = ?', String(left));
    const { body } = await admin('GET', '/admin/organizations/elsewhere');
    expect(await organizationOf(String(moved))).toBe(body['id']);
    expect(await organizationOf(String(left))).toBeUndefined();
    expect(await organizationOf(String(stayed))).toBe(organization);
  });
});

describe('policies of users that a release before stored without obeying them', () => {
  test('bind the keys that are in use, once their accounts have heard of them', async () => {
    const user = await newUser();
    const key = await newKey(user);
    await use(key);
    await env.TENANT.getByName(user).inspect();
    await runInDurableObject(directory(), (_, { storage }) => {
      const policy = JSON.stringify({ maxTokens: 7, limits: [{ metric: 'requests', per: 'total', max: 3 }] });
      storage.sql.exec('UPDATE users SET policy = ? WHERE id = ?', policy, user);
      storage.sql.exec('DROP TABLE level_pushes');
      storage.sql.exec('ALTER TABLE organizations DROP COLUMN policy');
      storage.sql.exec('DELETE FROM migrations WHERE version >= 4');
    });
    await abortAllDurableObjects();
    expect((await admin('GET', '/admin/health')).body).toMatchObject({ undelivered: { keys: 1, accounts: 1 } });
    await runDurableObjectAlarm(directory());
    // The alarm may have rung by itself, and be at work.
    const undelivered = async () => (await admin('GET', '/admin/health')).body['undelivered'];
    await expect.poll(undelivered, { timeout: 12_000 }).toMatchObject({ keys: 0, accounts: 0 });
    expect(await use(key)).toMatchObject({
      account: { policy: { maxTokens: 7 }, above: [{ id: user, limits: [{ metric: 'requests', max: 3 }] }] },
    });
    expect(await env.TENANT.getByName(user).inspect()).toMatchObject({ standings: [{ posted: 0 }] });
  });
});
