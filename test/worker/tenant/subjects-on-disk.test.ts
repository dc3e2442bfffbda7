import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { SqlStore } from '../../../src/actors/tenant/sql-store.ts';
import { chat, newKey } from '../../support/gateway.ts';

/** Goal: whom calls were about is written with their row, goes with it, and costs a row of its own only where it is said. */

const subjectRows = async (id: string): Promise<number> =>
  runInDurableObject(
    env.TENANT.getByName(id),
    (_, { storage }) => storage.sql.exec<{ rows: number }>('SELECT count(*) AS rows FROM subject').one().rows,
  );

test('rows are found with whom they were about, and pruned with it', async () => {
  await runInDurableObject(env.TENANT.getByName('k_subjects'), (_, { storage }) => {
    const store = new SqlStore(storage);
    store.load();
    for (const seq of [1, 2, 3, 4]) {
      const row = { seq, at: seq, events: '[1]' };
      const before = store.rowsWritten;
      store.append(seq % 2 === 0 ? { ...row, subjects: `[[0,{"endUser":"u${seq}"}]]` } : row, undefined);
      expect(store.rowsWritten - before).toBe(seq % 2 === 0 ? 2 : 1);
    }
    const found = (): (string | undefined)[] => [...store.find(0, 10, '[1]')].map(({ subjects }) => subjects);
    expect(found()).toEqual([undefined, '[[0,{"endUser":"u2"}]]', undefined, '[[0,{"endUser":"u4"}]]']);
    // What stands beside a row counts too: the newest alone is larger.
    expect(store.newestRowsWithin(9, 10)).toBe(0);
    expect(store.prune(4, 3, 10, 10)).toBe(2);
    expect(found()).toEqual([undefined, '[[0,{"endUser":"u4"}]]']);
    expect(storage.sql.exec('SELECT seq FROM subject').toArray()).toEqual([{ seq: 4 }]);
  });
});

test('nobody is remembered whose row was pruned by a release that knew of no subjects', async () => {
  await runInDurableObject(env.TENANT.getByName('k_subjects_left'), (_, { storage }) => {
    const store = new SqlStore(storage);
    store.load();
    for (const seq of [1, 2, 3]) {
      store.append({ seq, at: seq, events: '[1]', subjects: `[[0,{"endUser":"u${seq}"}]]` }, undefined);
    }
    storage.sql.exec('DELETE FROM journal WHERE seq < 3');
    expect(store.prune(3, 0, 10, 10)).toBe(0);
    expect(storage.sql.exec('SELECT seq FROM subject').toArray()).toEqual([{ seq: 3 }]);
    storage.sql.exec('DELETE FROM journal');
    expect(store.prune(3, 0, 10, 10)).toBe(0);
    expect(storage.sql.exec('SELECT seq FROM subject').toArray()).toEqual([]);
  });
});

test('a call says it in one row beside the one of its settlement, and in none where it names nobody', async () => {
  const key = await newKey();
  await chat(key);
  expect(await subjectRows(key.id)).toBe(0);
  await chat(key, {}, { headers: { 'x-gateway-user': 'ada', 'x-gateway-session': 's-1' } });
  expect(await subjectRows(key.id)).toBe(1);
});
