import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { TenantActor } from '../../../src/actors/tenant/tenant-actor.ts';
import { admitRequest, settleRequest } from '../../support/account.ts';
import { type MadeKey, admin, errorOf, hashOf, newKey, newUser, use } from './admin-client.ts';

afterEach(() => void vi.restoreAllMocks());

const limits = [
  { metric: 'usd', per: 'month', max: '25' },
  { metric: 'requests', per: 'minute', max: 10 },
  { metric: 'concurrency', max: 2 },
];

/** One call with the key that cost so many micro-dollars. */
async function spend({ id, key }: MadeKey, tokens: number, model = 'echo'): Promise<void> {
  const actor = env.TENANT.getByName(id);
  const request = { ...admitRequest(crypto.randomUUID()), secretHash: await hashOf(key) };
  const reply = await actor.admit(request);
  if (reply.kind !== 'granted') throw new Error(reply.kind);
  await actor.settle(settleRequest(reply.holdId, tokens, { model }));
}

describe('the usage of a user', () => {
  test('is the sum of what its keys have used, and what each of them has', async () => {
    const userId = await newUser();
    const first = await newKey(userId, { limits });
    const second = await newKey(userId, { name: 'server' });
    await spend(first, 100);
    await spend(first, 50, 'echo-slow');
    await spend(second, 20);
    await admin('DELETE', second.path);
    const { status, body } = await admin('GET', `/admin/users/${userId}/usage`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: userId,
      spend: { todayUsd: '0.00017', monthUsd: '0.00017', totalUsd: '0.00017' },
      keys: [
        { id: first.id, name: 'laptop', spend: { totalUsd: '0.00015' } },
        { id: second.id, name: 'server', limits: [], spend: { totalUsd: '0.00002' } },
      ],
    });
    expect(body['byModel']).toEqual([
      { model: 'echo', requests: 2, inputTokens: 20, outputTokens: 40, costUsd: '0.00012' },
      { model: 'echo-slow', requests: 1, inputTokens: 10, outputTokens: 20, costUsd: '0.00005' },
    ]);
    const [{ limits: shown }] = body['keys'] as [{ limits: unknown }];
    expect(shown).toEqual([
      {
        scope: 'key',
        id: first.id,
        metric: 'usd',
        per: 'month',
        max: '25.00',
        posted: '0.00015',
        held: '0.00',
        free: '24.99985',
        resetsAt: expect.stringMatching(/-01T00:00:00Z$/),
      },
      expect.objectContaining({ metric: 'requests', per: 'minute', max: 10, posted: 2, held: 0, free: 8 }),
      { scope: 'key', id: first.id, metric: 'concurrency', max: 2, posted: 0, held: 0, free: 2, resetsAt: null },
    ]);
  });

  test('of keys that were never used is zeros, and wakes no account', async () => {
    const userId = await newUser();
    const made = await newKey(userId, { limits });
    const inspected = vi.spyOn(TenantActor.prototype, 'inspect');
    const { body } = await admin('GET', `/admin/users/${userId}/usage`);
    expect(body).toMatchObject({
      spend: { todayUsd: '0.00', monthUsd: '0.00', totalUsd: '0.00' },
      byModel: [],
      keys: [{ id: made.id, limits: [{ max: '25.00', posted: '0.00', free: '25.00' }, { free: 10 }, { free: 2 }] }],
    });
    expect(inspected).not.toHaveBeenCalled();
  });

  test('of more keys than fit in a page has all of them', async () => {
    const userId = await newUser();
    const directory = env.DIRECTORY.getByName('directory');
    for (let n = 0; n < 201; n += 1) {
      await directory.createKey(
        { id: `k_${userId}_${n}`, userId, name: 'x', test: false, secretHash: 'a', policy: {} },
        'test',
      );
    }
    const { body } = await admin('GET', `/admin/users/${userId}/usage`);
    expect(body['keys']).toHaveLength(201);
  });

  test('is no guess where an account can not be reached', async () => {
    const userId = await newUser();
    const made = await newKey(userId);
    await use(made);
    vi.spyOn(TenantActor.prototype, 'inspect').mockRejectedValue(new Error('connection lost'));
    expect(errorOf(await admin('GET', `/admin/users/${userId}/usage`))).toMatchObject({
      status: 503,
      code: 'ledger_unavailable',
      message: expect.stringContaining(made.id),
    });
  });
});

describe('a reset of the quota of a user', () => {
  test('gives all of its keys their room back, and forgets nothing of what was spent', async () => {
    const userId = await newUser();
    const keys = [await newKey(userId, { limits }), await newKey(userId, { limits })];
    await newKey(userId, { limits });
    for (const key of keys) await spend(key, 100);
    const reset = await admin('POST', `/admin/users/${userId}/reset-quota`);
    expect(reset).toMatchObject({ status: 200, body: { id: userId, keysReset: 2 } });
    const { body } = await admin('GET', `/admin/users/${userId}/usage`);
    const full = { limits: [{ posted: '0.00', free: '25.00' }, { posted: 0, free: 10 }, { free: 2 }] };
    expect(body).toMatchObject({ spend: { totalUsd: '0.0002' }, keys: [full, full, full] });
  });

  test('says so if it did not reach all of them', async () => {
    const userId = await newUser();
    for (const key of [await newKey(userId), await newKey(userId)]) await use(key);
    vi.spyOn(TenantActor.prototype, 'reset').mockRejectedValueOnce(new Error('connection lost'));
    expect(errorOf(await admin('POST', `/admin/users/${userId}/reset-quota`))).toMatchObject({
      status: 503,
      code: 'ledger_unavailable',
      message: expect.stringContaining('1 of 2'),
    });
    expect(await admin('POST', `/admin/users/${userId}/reset-quota`)).toMatchObject({ status: 200 });
  });
});
