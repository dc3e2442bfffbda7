// A runtime of its own: it stops every object and holds the Directory's alarm.

import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { namedCountersMax, pushBatchMax, pushRetryMsMax, pushWaitMs } from '../../../src/limits.ts';
import { TenantActor } from '../../../src/actors/tenant/tenant-actor.ts';
import { holdDirectoryAlarm, ringDirectory } from '../../support/directory-alarm.ts';
import { type MadeKey, admin, errorOf, newKey, newUser, use } from './admin-client.ts';

const directory = () => env.DIRECTORY.getByName('directory');

/** From now on every connection to an account breaks. */
const unreachable = () => vi.spyOn(TenantActor.prototype, 'configure').mockRejectedValue(new Error('connection lost'));

/** An account that acknowledges nothing until it is told to. */
function slow(): { readonly asked: () => Promise<void>; readonly answer: () => void } {
  const account = { isAsked: false, mayAnswer: false };
  // One object can't resolve a promise of another, so both sides look from time to time.
  vi.spyOn(TenantActor.prototype, 'configure').mockImplementation(async () => {
    account.isAsked = true;
    while (!account.mayAnswer) await scheduler.wait(1);
    return { kind: 'configured' };
  });
  return {
    asked: async () => {
      while (!account.isAsked) await scheduler.wait(1);
    },
    answer: () => {
      account.mayAnswer = true;
    },
  };
}

holdDirectoryAlarm();

/** Makes undelivered changes due now, and runs the alarm that was set for them. */
async function alarm(): Promise<void> {
  await runInDurableObject(directory(), (_, { storage }) => {
    storage.sql.exec('UPDATE api_keys SET push_at = 1 WHERE push_at IS NOT NULL');
    storage.sql.exec('UPDATE catalog SET push_at = 1 WHERE push_at IS NOT NULL');
  });
  await ringDirectory();
}

async function usedKey(rest: Record<string, unknown> = {}): Promise<MadeKey> {
  const made = await newKey(await newUser(), rest);
  await use(made);
  return made;
}

afterEach(() => void vi.restoreAllMocks());

describe('a change that its account could not be told of', () => {
  test('is answered as stored, shown as pending, and applied by the alarm', async () => {
    const made = await usedKey();
    unreachable();
    const answer = await admin('PATCH', made.path, { maxTokens: 5 });
    expect(errorOf(answer)).toMatchObject({
      status: 503,
      code: 'ledger_unavailable',
      message: expect.stringMatching(/stored/),
    });
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect((await admin('GET', made.path)).body).toMatchObject({ pending: true, policy: { maxTokens: 5 } });
    expect((await admin('GET', '/admin/health')).body).toMatchObject({ status: 'degraded', undelivered: { keys: 1 } });
    vi.restoreAllMocks();
    expect(await use(made)).not.toHaveProperty('account.policy.maxTokens');
    await alarm();
    expect(await use(made)).toMatchObject({ account: { policy: { maxTokens: 5 } } });
    expect((await admin('GET', made.path)).body).not.toHaveProperty('pending');
  });

  test('is tried again until it is acknowledged, however often that fails', async () => {
    const made = await usedKey();
    const failing = unreachable();
    await admin('DELETE', made.path);
    for (let tries = 2; tries < 12; tries += 1) {
      await alarm();
      expect(failing).toHaveBeenCalledTimes(tries);
      const next = await runInDurableObject(directory(), async (_, { storage }) => storage.getAlarm());
      expect(next).toBeLessThanOrEqual(Date.now() + pushRetryMsMax);
    }
    vi.restoreAllMocks();
    await alarm();
    expect(await use(made)).toBe('revoked');
  });

  test('is answered 200 once it was applied, if it is repeated', async () => {
    const made = await usedKey();
    unreachable();
    expect(await admin('DELETE', made.path)).toMatchObject({ status: 503 });
    expect(await admin('DELETE', made.path)).toMatchObject({ status: 503 });
    vi.restoreAllMocks();
    expect(await admin('DELETE', made.path)).toMatchObject({ status: 200, etag: '"2"' });
    expect(await use(made)).toBe('revoked');
  });

  test('is followed by another, and both are applied', async () => {
    const made = await usedKey();
    unreachable();
    await admin('PATCH', made.path, { maxTokens: 5 });
    expect(await admin('PATCH', made.path, { defaultModel: 'echo' })).toMatchObject({ status: 503 });
    vi.restoreAllMocks();
    await alarm();
    expect(await use(made)).toMatchObject({ account: { version: 3, policy: { maxTokens: 5, defaultModel: 'echo' } } });
  });

  test('is settled before another is decided', async () => {
    const made = await usedKey();
    unreachable();
    await admin('PATCH', made.path, { maxTokens: 5 });
    vi.restoreAllMocks();
    expect(await admin('PATCH', made.path, { maxTokens: null })).toMatchObject({ status: 200, etag: '"3"' });
    expect(await use(made)).not.toHaveProperty('account.policy.maxTokens');
  });

  test('is on disk, with the time to tell it again, before it is told', async () => {
    const made = await usedKey();
    await runInDurableObject(directory(), async (_, { storage }) => storage.deleteAlarm());
    const account = slow();
    const revocation = admin('DELETE', made.path);
    await account.asked();
    const alarmAt = await runInDurableObject(directory(), async (_, { storage }) => storage.getAlarm());
    expect(alarmAt).toBeLessThanOrEqual(Date.now() + pushWaitMs + pushRetryMsMax);
    expect((await directory().key(made.userId, made.id))?.policy.status).toBe('revoked');
    account.answer();
    expect(await revocation).toMatchObject({ status: 200 });
  });

  test('is not taken for acknowledged because one before it was', async () => {
    const made = await usedKey();
    const account = slow();
    const change = admin('PATCH', made.path, { maxTokens: 5 });
    await account.asked();
    const suspension = admin('PATCH', `/admin/users/${made.userId}`, { policy: { status: 'suspended' } });
    while ((await directory().key(made.userId, made.id))?.version !== 3) await scheduler.wait(1);
    vi.restoreAllMocks();
    account.answer();
    expect(await change).toMatchObject({ status: 200 });
    expect(await suspension).toMatchObject({ status: 200 });
    expect(await use(made)).toBe('suspended');
  });

  test('survives a crash of the directory between the writing and the telling', async () => {
    const made = await usedKey();
    const account = slow();
    const revocation = admin('DELETE', made.path);
    await account.asked();
    const crash = runInDurableObject(directory(), (_, state) => state.abort('crash'));
    await expect(crash).rejects.toThrow('crash');
    expect(await revocation).toMatchObject({ status: 503 });
    account.answer();
    vi.restoreAllMocks();
    expect((await admin('GET', made.path)).body).toMatchObject({ pending: true, policy: { status: 'revoked' } });
    await alarm();
    expect(await use(made)).toBe('revoked');
  });

  test('sets its alarm again when the directory wakes without one', async () => {
    const made = await usedKey();
    unreachable();
    await admin('DELETE', made.path);
    await runInDurableObject(directory(), async (_, { storage }) => storage.deleteAlarm());
    // A failed RPC would keep the object from ever being evicted here; it can't refuse a crash.
    await abortAllDurableObjects();
    vi.restoreAllMocks();
    await alarm();
    expect(await use(made)).toBe('revoked');
  });

  test('is applied although every object was restarted in between', async () => {
    const made = await usedKey();
    unreachable();
    await admin('PATCH', made.path, { maxTokens: 5 });
    vi.restoreAllMocks();
    await abortAllDurableObjects();
    await alarm();
    expect(await use(made)).toMatchObject({ account: { policy: { maxTokens: 5 } } });
  });

  test('falls back to what it was if the account then has no counters left, and keeps what followed it', async () => {
    const made = await usedKey({ plan: 'pro' });
    const scoped = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => ({ metric: 'tokens', per: 'day', max: 1, models: [`m-${from + n}`] }));
    for (let named = 0; named < namedCountersMax; named += 32)
      await admin('PATCH', made.path, { limits: scoped(named, 32) });
    unreachable();
    await admin('PATCH', made.path, { limits: scoped(namedCountersMax, 1) });
    await admin('PATCH', made.path, { status: 'suspended' });
    vi.restoreAllMocks();
    await alarm();
    const policy = { plan: 'pro', status: 'suspended', limits: scoped(namedCountersMax - 32, 32) };
    expect((await admin('GET', made.path)).body).toMatchObject({ policy });
    expect((await admin('GET', made.path)).body).not.toHaveProperty('pending');
    expect(await use(made)).toBe('suspended');
    const [latest] = (await admin('GET', '/admin/audit')).body['data'] as unknown[];
    expect(latest).toMatchObject({ who: 'directory', action: 'key.refused', subject: made.id });
  });
});

describe('an account that takes too long', () => {
  test('is not waited for', async () => {
    const made = await usedKey();
    vi.spyOn(TenantActor.prototype, 'configure').mockImplementation(async () => {
      await scheduler.wait(pushWaitMs + 500);
      return { kind: 'configured' };
    });
    expect(await admin('DELETE', made.path)).toMatchObject({ status: 503 });
    vi.restoreAllMocks();
    await alarm();
    expect(await use(made)).toBe('revoked');
  });
});

describe('what concerns every key of a user', () => {
  test('is answered as stored if one of their accounts could not be told', async () => {
    const userId = await newUser();
    const keys = [await newKey(userId), await newKey(userId), await newKey(userId)] as const;
    for (const key of keys) await use(key);
    const told: string[] = [];
    vi.spyOn(TenantActor.prototype, 'configure').mockImplementation(async ({ id }) => {
      if (id === keys[1].id) throw new Error('connection lost');
      told.push(id);
      return { kind: 'configured' };
    });
    const suspended = await admin('PATCH', `/admin/users/${userId}`, { policy: { status: 'suspended' } });
    expect(errorOf(suspended)).toMatchObject({ status: 503, code: 'ledger_unavailable' });
    // They are told side by side.
    expect(told.toSorted()).toEqual([keys[0].id, keys[2].id].toSorted());
    vi.restoreAllMocks();
    await alarm();
    expect(await use(keys[1])).toBe('suspended');
  });

  test('reaches the accounts of a deleted user too', async () => {
    const userId = await newUser();
    const made = await newKey(userId);
    await use(made);
    unreachable();
    expect(await admin('DELETE', `/admin/users/${userId}`)).toMatchObject({ status: 503 });
    vi.restoreAllMocks();
    await alarm();
    expect(await use(made)).toBe('revoked');
  });
});

describe('more accounts than are told at once', () => {
  test('are all told, the rest by the next alarm', async () => {
    const told = vi.spyOn(TenantActor.prototype, 'configure').mockResolvedValue({ kind: 'configured' });
    const userId = await newUser();
    for (let n = 0; n <= pushBatchMax; n += 1) {
      const key = { id: `k_${userId}_${n}`, userId, name: 'x', test: false, secretHash: 'a', policy: {} };
      await directory().createKey(key, 'test');
      await directory().describe(key.id);
    }
    await runInDurableObject(directory(), async (_, { storage }) => {
      storage.sql.exec('UPDATE api_keys SET version = 2, push_at = 1 WHERE user_id = ?', userId);
      await storage.setAlarm(Date.now() + 60_000);
    });
    await ringDirectory();
    expect(told).toHaveBeenCalledTimes(pushBatchMax);
    expect(await directory().undelivered()).toMatchObject({ keys: 1 });
    await ringDirectory();
    expect(await directory().undelivered()).toMatchObject({ keys: 0 });
    expect(told).toHaveBeenCalledTimes(pushBatchMax + 1);
  });
});

describe('an account that asks who it is', () => {
  test('while its key is being changed ends up with the change', async () => {
    const made = await newKey(await newUser());
    const [, changed] = await Promise.all([use(made), admin('PATCH', made.path, { maxTokens: 5 }), use(made)]);
    expect(changed).toMatchObject({ status: 200 });
    expect(await use(made)).toMatchObject({ account: { version: 2, policy: { maxTokens: 5 } } });
  });

  test('and is no key of ours is told nothing', async () => {
    expect(await directory().describe('k_unknown')).toBeUndefined();
  });
});
