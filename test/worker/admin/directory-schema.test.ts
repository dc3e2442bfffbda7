// A runtime of its own: it stops every object.

import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { admin, newKey, newUser } from './admin-client.ts';

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
      ].map((query) => storage.sql.exec<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`).toArray()),
    );
    for (const plan of plans) {
      expect(plan).toHaveLength(1);
      expect(plan[0]?.detail).toMatch(/^SEARCH .* USING /);
    }
  });
});
