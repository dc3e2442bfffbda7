import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, test, vi } from 'vitest';
import { migrate, migrations } from '../../../src/actors/tenant/account-schema.ts';

let accounts = 0;

/** What is done to a new disk, and what it answers. */
async function onNewDisk<T>(act: (storage: DurableObjectStorage) => T): Promise<T> {
  accounts += 1;
  const actor = env.TENANT.getByName(`k_schema_${accounts}`);
  return runInDurableObject(actor, (_, { storage }) => act(storage));
}

/** The tables, their indices and the versions that a disk has, as SQLite itself says it. */
function schemaOf({ sql }: DurableObjectStorage): unknown[] {
  const made = 'SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name';
  return [...sql.exec(made).toArray(), ...sql.exec('SELECT version FROM schema ORDER BY version').toArray()];
}

const made = async (): Promise<unknown[]> =>
  onNewDisk((storage) => {
    migrate(storage);
    return schemaOf(storage);
  });

describe('the tables of an account', () => {
  test('are the same whether they were made at once or one by one, over all releases', async () => {
    const grown = await onNewDisk((storage) => {
      for (let release = 1; release <= migrations.length; release += 1) migrate(storage, migrations.slice(0, release));
      return schemaOf(storage);
    });
    expect(grown).toEqual(await made());
  });

  test.each(migrations.map((_, index) => index + 1))(
    'are the same where a disk of version %i is brought up to the newest',
    async (version) => {
      const grown = await onNewDisk((storage) => {
        migrate(storage, migrations.slice(0, version));
        expect(migrate(storage)).toEqual({ isNew: false });
        return schemaOf(storage);
      });
      expect(grown).toEqual(await made());
    },
  );

  test('are asked of SQLite with one statement where there are none, after one look', async () => {
    const asked = await onNewDisk((storage) => {
      const exec = vi.spyOn(Object.getPrototypeOf(storage.sql) as SqlStorage, 'exec');
      migrate(storage);
      const queries = exec.mock.calls.map(([query]) => query.split(' ', 1)[0]);
      exec.mockRestore();
      return queries;
    });
    expect(asked).toEqual(['SELECT', 'CREATE']);
  });

  test('are made once: a disk that has them is left as it is', async () => {
    await onNewDisk((storage) => {
      expect(migrate(storage)).toEqual({ isNew: true });
      const before = schemaOf(storage);
      expect(migrate(storage)).toEqual({ isNew: false });
      expect(schemaOf(storage)).toEqual(before);
    });
  });

  test('are left alone by a release that knows fewer of them', async () => {
    await onNewDisk((storage) => {
      migrate(storage, [...migrations, 'CREATE TABLE newer (id INTEGER PRIMARY KEY) STRICT']);
      const before = schemaOf(storage);
      expect(migrate(storage)).toEqual({ isNew: false });
      expect(schemaOf(storage)).toEqual(before);
    });
  });

  test.each([
    ['on a new disk', 0],
    ['on one of a release before', 2],
  ])('are all made or none, %s', async (_, version) => {
    await onNewDisk((storage) => {
      if (version > 0) migrate(storage, migrations.slice(0, version));
      const tables = (): number =>
        storage.sql.exec<{ count: number }>('SELECT count(*) AS count FROM sqlite_master').one().count;
      const before = tables();
      expect(() => migrate(storage, [...migrations, 'CREATE TABLE journal (seq INTEGER)'])).toThrow('already exists');
      expect(tables()).toBe(before);
    });
  });
});
