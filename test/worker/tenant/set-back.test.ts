// Sets the clock.

import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, test, vi } from 'vitest';
import { SqlStore } from '../../../src/actors/tenant/sql-store.ts';
import { admin, chat, errorOf, newKey, send } from '../../support/gateway.ts';

const dayMs = 86_400_000;

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('a clock that was a day ahead and is right again is told of, and believed after a reset of the quota', async () => {
  const key = await newKey({ limits: [{ metric: 'requests', per: 'minute', max: 2 }] });
  const nowMs = Date.now();
  vi.useFakeTimers({ toFake: ['Date'], now: nowMs });
  const called = async (): Promise<string> => (await chat(key)).headers.get('x-request-id') ?? '';
  const before = await called();
  vi.setSystemTime(nowMs + dayMs);
  const ahead = [await called(), await called()];
  vi.setSystemTime(nowMs + 1000);
  const logged: string[] = [];
  vi.spyOn(console, 'warn').mockImplementation((line) => void logged.push(String(line)));
  for (let call = 0; call < 2; call += 1) {
    const refused = await chat(key);
    expect(errorOf(refused)).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(86_000);
  }
  const behind = logged.filter((line) => line.includes('clock-behind'));
  expect(behind.map((line): unknown => JSON.parse(line))).toMatchObject([{ account: key.id }]);

  await admin('POST', key.path.replace(/\/api-keys.*/, '/reset-quota'));
  const after = [await called(), await called()];
  expect(await chat(key)).toMatchObject({ status: 429 });
  vi.setSystemTime(nowMs + 63_000);
  expect(await chat(key)).toMatchObject({ status: 200 });
  await evictDurableObject(env.TENANT.getByName(key.id));
  for (const id of [before, ...ahead, ...after]) {
    expect((await send(key.key, { path: `/v1/requests/${id}` })).json).toMatchObject({ id });
  }
});

test('rows are found by their time on either side of where it was set back, also when some were pruned', async () => {
  await runInDurableObject(env.TENANT.getByName('k_set_back'), (_, { storage }) => {
    const store = new SqlStore(storage);
    store.load();
    const times = [10, 20, 900, 910, 15, 25, 920, 930, 5, 35];
    for (const [index, at] of times.entries()) store.append({ seq: index + 1, at, events: `[1,"${at}"]` }, undefined);
    const found = (fromMs: number, toMs: number, fromSeq?: number): number[] =>
      [...store.find(fromMs, toMs, '[1,', fromSeq)].map(({ at }) => at);
    expect(found(10, 25)).toEqual([10, 20, 15, 25]);
    expect(found(900, 925)).toEqual([900, 910, 920]);
    expect(found(0, 1000)).toEqual(times);
    expect(found(0, 30, 5)).toEqual([15, 25, 5]);
    // Of an earlier time, and so pruned before what stands before them.
    expect(store.prune(10, 30, 100, 100)).toBe(5);
    expect(found(0, 1000)).toEqual([900, 910, 920, 930, 35]);
    expect(found(30, 915)).toEqual([900, 910, 35]);
  });
});
