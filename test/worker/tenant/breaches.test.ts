// A runtime of its own: it forgets every object and stops every object.

import { abortAllDurableObjects, evictDurableObject, reset, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Directory } from '../../../src/actors/directory/directory.ts';
import { newRequestId } from '../../../src/http/request-id.ts';
import { breachesKeptMax } from '../../../src/limits.ts';
import { admitRequest, settleRequest } from '../../support/account.ts';
import { hashOf } from '../admin/admin-client.ts';
import { type TestKey, admin, newKey } from '../../support/gateway.ts';

const actorOf = ({ id }: TestKey) => env.TENANT.getByName(id);

/** A call that held $0.00011, and was charged `tokens` micro-dollars. Answers its request id. */
async function spend(key: TestKey, tokens: number): Promise<string> {
  const requestId = newRequestId(Date.now());
  const reply = await actorOf(key).admit({ ...admitRequest(requestId), secretHash: await hashOf(key.key) });
  if (reply.kind !== 'granted') throw new Error(reply.kind);
  await actorOf(key).settle(settleRequest(reply.holdId, tokens, { provider: 'openai', model: 'gpt' }));
  return requestId;
}

async function breaches(): Promise<{ calls: number; accounts: number; newest: Record<string, unknown>[] }> {
  const { breaches: found } = await admin('GET', '/admin/health');
  return found as Awaited<ReturnType<typeof breaches>>;
}

const breachesAre = async (expected: object): Promise<void> =>
  vi.waitFor(async () => expect(await breaches()).toMatchObject(expected), { timeout: 10_000 });

let logged: string[] = [];
beforeEach(async () => {
  await reset();
  logged = [];
  vi.spyOn(console, 'warn').mockImplementation((line) => void logged.push(String(line)));
});
afterEach(() => void vi.restoreAllMocks());

describe('a breach', () => {
  test('is in the log, on /admin/health and in the usage of its key', async () => {
    const key = await newKey();
    await spend(key, 110);
    expect(await breaches()).toEqual({ calls: 0, accounts: 0, newest: [] });
    const requestId = await spend(key, 500);
    const line: unknown = JSON.parse(logged[0] ?? '');
    expect(line).toMatchObject({
      event: 'breach',
      account: key.id,
      requestId,
      provider: 'openai',
      model: 'gpt',
      heldTokens: 110,
      chargedTokens: 500,
      heldNanoUsd: 110_000,
      chargedNanoUsd: 500_000,
    });
    await breachesAre({
      calls: 1,
      accounts: 1,
      newest: [
        {
          account: key.id,
          requestId,
          at: expect.stringMatching(/Z$/),
          provider: 'openai',
          model: 'gpt',
          heldTokens: 110,
          chargedTokens: 500,
          heldUsd: '0.00011',
          chargedUsd: '0.0005',
        },
      ],
    });
    expect(logged).toHaveLength(1);
    const usage = await admin('GET', `${key.path.replace(/\/api-keys.*/, '')}/usage`);
    expect(usage).toMatchObject({ breaches: 1, keys: [{ id: key.id, breaches: 1 }] });
  });

  test('is counted once however often it is told, and told again by an actor that wakes', async () => {
    const key = await newKey();
    const failing = vi.spyOn(Directory.prototype, 'note').mockRejectedValue(new Error('connection lost'));
    await spend(key, 500);
    await vi.waitFor(() => expect(failing).toHaveBeenCalledTimes(1), 20_000);
    expect(await breaches()).toMatchObject({ calls: 0 });
    failing.mockRestore();
    // A failed RPC would keep the object from being evicted here for ever; a crash it can't refuse.
    await abortAllDurableObjects();
    await actorOf(key).inspect();
    await breachesAre({ calls: 1, accounts: 1 });
    await evictDurableObject(actorOf(key));
    const told = vi.spyOn(Directory.prototype, 'note');
    await actorOf(key).inspect();
    await vi.waitFor(() => expect(told).toHaveBeenCalledTimes(1), 20_000);
    await told.mock.results[0]?.value;
    expect(await breaches()).toMatchObject({ calls: 1, accounts: 1 });
  });

  test('of an account that begins again is counted on', async () => {
    const key = await newKey();
    await spend(key, 500);
    await breachesAre({ calls: 1 });
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await runInDurableObject(actorOf(key), async (_, { storage }) => storage.deleteAll());
    await evictDurableObject(actorOf(key));
    await actorOf(key).usage({ secretHash: await hashOf(key.key) });
    await admin('POST', `/admin/accounts/${key.id}/restart-ledger`);
    await spend(key, 600);
    await breachesAre({ calls: 2 });
    expect(await breaches()).toMatchObject({ calls: 2, accounts: 1, newest: [{ chargedTokens: 600 }] });
  });
});

test('of many breaches of many accounts the newest are shown, newest first, and all are counted', async () => {
  const keys = [await newKey(), await newKey()] as const;
  for (let call = 0; call <= breachesKeptMax; call += 1) await spend(keys[call % 2 === 0 ? 0 : 1], 500 + call);
  await breachesAre({ calls: breachesKeptMax + 1, accounts: 2 });
  const charged = (await breaches()).newest.map(({ chargedTokens }) => chargedTokens);
  expect(charged).toEqual(Array.from({ length: breachesKeptMax }, (_, index) => 500 + breachesKeptMax - index));
});
