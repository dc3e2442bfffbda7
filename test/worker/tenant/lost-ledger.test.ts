// A runtime of its own: it forgets every object, sets the clock and holds the Directory's alarm.

import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Directory } from '../../../src/actors/directory/directory.ts';
import { lostAskMs } from '../../../src/limits.ts';
import { adminAccountId } from '../../../src/core/account/admin-account.ts';
import { TenantActor } from '../../../src/actors/tenant/tenant-actor.ts';
import { admin as ask, adminKey, errorOf as adminErrorOf } from '../admin/admin-client.ts';
import { holdDirectoryAlarm, ringDirectory } from '../../support/directory-alarm.ts';
import { type TestKey, admin, changeKey, chat, errorOf, inspect, newKey } from '../../support/gateway.ts';

const directory = () => env.DIRECTORY.getByName('directory');
const actorOf = ({ id }: Pick<TestKey, 'id'>) => env.TENANT.getByName(id);
const oneCall = { limits: [{ metric: 'requests' as const, per: 'total', max: 1 }] };
const tables = ['journal', 'checkpoint', 'names', 'incarnation'];

/** The account's files are gone, and its actor with them. */
async function lose(key: Pick<TestKey, 'id'>): Promise<void> {
  await runInDurableObject(actorOf(key), async (_, { storage }) => storage.deleteAll());
  await evictDurableObject(actorOf(key));
}

type Rows = Record<string, SqlStorageValue>[];

async function copyOf(key: TestKey): Promise<Rows[]> {
  return runInDurableObject(actorOf(key), (_, { storage }) =>
    tables.map((table) => storage.sql.exec(`SELECT * FROM ${table}`).toArray()),
  );
}

async function putBack(key: TestKey, copy: readonly Rows[]): Promise<void> {
  await runInDurableObject(actorOf(key), (_, { storage }) => {
    for (const [index, table] of tables.entries()) {
      storage.sql.exec(`DELETE FROM ${table}`);
      for (const row of copy[index] ?? []) {
        const places = Object.keys(row).map(() => '?');
        storage.sql.exec(`INSERT INTO ${table} VALUES (${places.join(', ')})`, ...Object.values(row));
      }
    }
  });
  await evictDurableObject(actorOf(key));
}

/** Lets the time come at which what was not delivered is tried again. */
async function deliver(): Promise<void> {
  await runInDurableObject(directory(), (_, { storage }) => {
    storage.sql.exec('UPDATE api_keys SET push_at = 1 WHERE push_at IS NOT NULL');
  });
  await ringDirectory();
}

holdDirectoryAlarm();

async function lostLedgers(): Promise<unknown[]> {
  return (await admin('GET', '/admin/health'))['lostLedgers'] as unknown[];
}

async function newestAudit(): Promise<unknown> {
  return ((await admin('GET', '/admin/audit'))['data'] as unknown[])[0];
}

const restart = async ({ id }: Pick<TestKey, 'id'>) => ask('POST', `/admin/accounts/${id}/restart-ledger`);

beforeEach(async () => reset());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('an account whose ledger is gone', () => {
  test('serves nobody and says why, until an admin says that it may begin again', async () => {
    const key = await newKey(oneCall);
    expect(await chat(key)).toMatchObject({ status: 200 });
    expect(await chat(key)).toMatchObject({ status: 429 });
    await lose(key);
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    for (let call = 0; call < 2; call += 1) {
      const refused = await chat(key);
      expect(errorOf(refused)).toMatchObject({
        status: 503,
        code: 'ledger_unavailable',
        message: expect.stringContaining(`POST /admin/accounts/${key.id}/restart-ledger`),
      });
      expect(refused.headers.get('x-should-retry')).toBe('false');
    }
    const lines = logged.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('account-lost'));
    expect(lines).toEqual([expect.stringContaining(key.id)]);
    expect(await lostLedgers()).toEqual([
      { account: key.id, begunAt: expect.stringMatching(/Z$/), since: expect.stringMatching(/Z$/) },
    ]);
    expect(await admin('GET', '/admin/health')).toMatchObject({ status: 'degraded' });
    expect(await newestAudit()).toMatchObject({ who: 'directory', action: 'account.ledger-lost', subject: key.id });
    expect(await chat(await newKey(oneCall))).toMatchObject({ status: 200 });

    expect(await restart(key)).toMatchObject({ status: 200, body: { id: key.id, restarted: true } });
    expect(await newestAudit()).toMatchObject({
      who: 'admin-key',
      action: 'account.ledger-restarted',
      subject: key.id,
    });
    expect(await lostLedgers()).toEqual([]);
    expect(await chat(key)).toMatchObject({ status: 200 });
    expect(await chat(key)).toMatchObject({ status: 429 });
  });

  test('needs another word when it is lost again', async () => {
    const key = await newKey(oneCall);
    await chat(key);
    await lose(key);
    await chat(key);
    await restart(key);
    await chat(key);
    await lose(key);
    expect(await chat(key)).toMatchObject({ status: 503 });
    expect(await restart(key)).toMatchObject({ status: 200 });
    expect(await chat(key)).toMatchObject({ status: 200 });
  });

  test('serves again when its files are put back, and is told then what changed meanwhile', async () => {
    const key = await newKey(oneCall);
    await chat(key);
    const copy = await copyOf(key);
    await lose(key);
    expect(await chat(key)).toMatchObject({ status: 503 });
    const change = await ask('PATCH', key.path, { limits: [{ metric: 'requests', per: 'total', max: 2 }] });
    expect(adminErrorOf(change)).toMatchObject({ status: 503, message: expect.stringContaining('stored') });
    await putBack(key, copy);
    expect(await lostLedgers()).toEqual([]);
    expect((await inspect(key)).standings).toMatchObject([{ posted: 1 }]);
    await deliver();
    expect(await chat(key)).toMatchObject({ status: 200 });
    expect(await chat(key)).toMatchObject({ status: 429 });
  });

  test('is noticed although it began under a release that gave ledgers no names', async () => {
    const key = await newKey(oneCall);
    await chat(key);
    await runInDurableObject(directory(), (_, { storage }) => void storage.sql.exec('DELETE FROM ledgers'));
    await lose(key);
    expect(await chat(key)).toMatchObject({ status: 503 });
    expect(await lostLedgers()).toMatchObject([{ account: key.id }]);
    expect(await restart(key)).toMatchObject({ status: 200 });
    expect(await chat(key)).toMatchObject({ status: 200 });
  });

  test('is also that of the admin key', async () => {
    const asAdmin = { id: adminAccountId, key: adminKey };
    expect(await chat(asAdmin)).toMatchObject({ status: 200 });
    await lose(asAdmin);
    expect(await chat(asAdmin)).toMatchObject({ status: 503 });
    expect(await lostLedgers()).toMatchObject([{ account: adminAccountId }]);
    expect(await restart(asAdmin)).toMatchObject({ status: 200 });
    expect(await chat(asAdmin)).toMatchObject({ status: 200 });
  });

  test('asks the directory now and then, however many call it', async () => {
    const key = await newKey();
    await chat(key);
    await lose(key);
    const asked = vi.spyOn(Directory.prototype, 'describe');
    vi.useFakeTimers({ toFake: ['Date'] });
    for (let call = 0; call < 3; call += 1) expect(await chat(key)).toMatchObject({ status: 503 });
    expect(asked).toHaveBeenCalledTimes(1);
    vi.setSystemTime(Date.now() + lostAskMs);
    await chat(key);
    expect(asked).toHaveBeenCalledTimes(2);
  });

  test('is not said to be reset, and what it has used is no guess', async () => {
    const key = await newKey();
    await chat(key);
    await lose(key);
    const user = key.path.replace(/\/api-keys.*/, '');
    expect(adminErrorOf(await ask('POST', `${user}/reset-quota`))).toMatchObject({
      status: 503,
      message: expect.stringMatching(/^[01] of [12] accounts were reset/),
    });
    expect(adminErrorOf(await ask('GET', `${user}/usage`))).toMatchObject({
      status: 503,
      message: expect.stringContaining('/admin/health'),
    });
  });
});

describe('an account that is used for the first time', () => {
  test.each([
    ['before the directory heard of it', 'before'],
    ['when the directory had answered', 'after'],
  ])('is not taken for lost because it crashed %s', async (_, when) => {
    const key = await newKey(oneCall);
    const answer: unknown = Reflect.get(Directory.prototype, 'describe');
    const broken = vi.spyOn(Directory.prototype, 'describe');
    broken.mockImplementation(async function (this: Directory, ...asked) {
      if (when === 'after' && typeof answer === 'function') await Reflect.apply(answer, this, asked);
      throw new Error('connection lost');
    });
    expect(await chat(key)).toMatchObject({ status: 503 });
    broken.mockRestore();
    await expect(runInDurableObject(actorOf(key), (__, state) => state.abort('crash'))).rejects.toThrow('crash');
    expect(await chat(key)).toMatchObject({ status: 200 });
    expect(await lostLedgers()).toEqual([]);
  });
});

describe('a ledger that is not lost', () => {
  test('is not begun again', async () => {
    const key = await newKey(oneCall);
    await chat(key);
    expect(adminErrorOf(await restart(key))).toMatchObject({ status: 409, code: 'conflict' });
    expect(await chat(key)).toMatchObject({ status: 429 });
    const unused = await newKey();
    expect(adminErrorOf(await restart(unused))).toMatchObject({ status: 409 });
    expect(adminErrorOf(await restart({ id: 'k_nobody' }))).toMatchObject({ status: 404, code: 'not_found' });
  });
});

describe('a ledger that is an older copy', () => {
  test('is noticed when somebody ends what it has not come to, and is told the newest policy', async () => {
    const key = await newKey({ limits: [{ metric: 'requests', per: 'total', max: 9 }] });
    await chat(key);
    const copy = await copyOf(key);
    await chat(key);
    const rows = await runInDurableObject(actorOf(key), (_, { storage }) =>
      storage.sql.exec<{ seq: number }>('SELECT max(seq) AS seq FROM journal').one(),
    );
    await changeKey(key, { status: 'suspended' });
    await putBack(key, copy);
    expect(await chat(key)).toMatchObject({ status: 200 });
    await putBack(key, copy);
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(await actorOf(key).renew({ holdIds: [`${rows.seq}.0`] })).toEqual({ lost: [`${rows.seq}.0`] });
    expect(logged.mock.calls.join('\n')).toContain('account-went-back');
    await vi.waitFor(
      async () =>
        expect(await admin('GET', '/admin/health')).toMatchObject({
          wentBack: [{ account: key.id, noticedAt: expect.stringMatching(/Z$/) }],
          lostLedgers: [],
        }),
      20_000,
    );
    await deliver();
    expect(await chat(key)).toMatchObject({ status: 403 });
  });

  test('is not what an instance is that another has outrun: it gives up', async () => {
    const key = await newKey();
    await chat(key);
    await runInDurableObject(actorOf(key), (_, { storage }) => {
      storage.sql.exec(`INSERT INTO journal (seq, at, events) SELECT max(seq) + 1, max(at), '[1]' FROM journal`);
    });
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const [renewal] = await Promise.allSettled([actorOf(key).renew({ holdIds: ['1000.0'] })]);
    expect(renewal).toMatchObject({ status: 'rejected' });
    expect(logged.mock.calls.join('\n')).not.toContain('account-went-back');
    expect(await chat(key)).toMatchObject({ status: 200 });
  });
});

describe('a directory that is an older copy', () => {
  test.each([
    ['a version that it does not know', 1],
    ['another policy under the same version', 2],
  ])('says what it is told to an account that has %s, and says that it went back', async (_, version) => {
    const key = await newKey();
    await chat(key);
    await changeKey(key, { maxTokens: 5 });
    await changeKey(key, { maxTokens: 6 });
    await runInDurableObject(directory(), (__, { storage }) => {
      storage.sql.exec(`UPDATE api_keys SET version = ?, policy = '{}' WHERE id = ?`, version, key.id);
    });
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(await ask('DELETE', key.path)).toMatchObject({ status: 200, etag: '"4"' });
    expect(logged.mock.calls.join('\n')).toContain('directory-went-back');
    expect(await chat(key)).toMatchObject({ status: 401 });
    expect(logged.mock.calls.join('\n').match(/directory-went-back/g)).toHaveLength(1);
  });

  test('takes an actor of the release before at its word', async () => {
    const key = await newKey();
    await chat(key);
    vi.spyOn(TenantActor.prototype, 'configure').mockResolvedValue({ kind: 'older' });
    expect(await ask('PATCH', key.path, { maxTokens: 5 })).toMatchObject({ status: 200, etag: '"2"' });
  });
});
