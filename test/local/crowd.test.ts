import { existsSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AdminClient } from '../load/admin-client.ts';
import { spawnWeir, temporaryFolder } from './spawned-weir.ts';

// Many clients at once, in one isolate of the real runtime, where requests wait for what others have begun. A request
// whose client has left may hear nothing of it any more.

const agent = new Agent({ keepAlive: true });

/** A status, or nothing of a client that has left by then. */
async function post(url: URL, path: string, key: string, body: object, leavesMs?: number): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const headers = { authorization: `Bearer ${key}`, 'x-gateway-budget': 'strict' };
  const sent = request(new URL(path, url), { method: 'POST', headers, agent }, (answer) => {
    answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
  });
  sent.once('error', leavesMs === undefined ? reject : () => resolve(undefined)).end(JSON.stringify(body));
  if (leavesMs !== undefined) setTimeout(() => sent.destroy(new Error('left')), leavesMs);
  return promise;
}

const calls = 60;
const messages = [{ role: 'user', content: 'Hi' }];

async function start() {
  onTestFinished(() => agent.destroy());
  const folder = temporaryFolder();
  const weir = await spawnWeir(folder, { ADMIN_KEY: 'admin-key' }).welcome;
  const path = join(folder, '.weir/weir.log');
  const log = (): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  return { admin: new AdminClient(new URL(weir.url), 'admin-key'), log };
}

test('who calls again the moment it is answered is never refused for its own last call', async () => {
  const { admin } = await start();
  // At one endpoint there is room for one call at a time: of slots, and of tokens by what a call holds.
  const { key } = await admin.createKey('a', [
    { metric: 'concurrency', endpoint: 'messages', max: 1 },
    { metric: 'tokens', per: 'total', endpoint: 'messages', max: 15_000 },
  ]);
  const statuses: (number | undefined)[] = [];
  let others = 0;
  // At another endpoint others keep the account busy.
  const crowd = Array.from({ length: 24 }, async () => {
    while (statuses.length < calls) {
      expect(await post(admin.url, '/v1/chat/completions', key, { model: 'echo', messages })).toBe(200);
      others += 1;
    }
  });
  while (statuses.length < calls) {
    const body = { model: 'echo', messages, max_tokens: 10_000 };
    statuses.push(await post(admin.url, '/v1/messages', key, body));
  }
  await Promise.all(crowd);
  expect(others).toBeGreaterThan(0);
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
  const { by_model: models } = await admin.usage(key);
  expect(models.map(({ requests }) => requests)).toEqual([others + statuses.length]);
});

test('of a thousand that come at once all are served who stay, whoever leads a trip and leaves', async () => {
  const { admin, log } = await start();
  const { key } = await admin.createKey('a', [
    { metric: 'concurrency', max: 2000 },
    { metric: 'requests', per: 'total', max: 1_000_000 },
  ]);
  const path = '/v1/chat/completions';
  expect(await post(admin.url, path, key, { model: 'echo', messages })).toBe(200);
  const clients = Array.from({ length: 1000 }, async (_, number) => {
    const leavesMs = number % 3 === 0 ? (number * 7) % 400 : undefined;
    const status = await post(admin.url, path, key, { model: 'echo', messages }, leavesMs);
    return leavesMs === undefined ? status : 'left';
  });
  const ends = await Promise.all(clients);
  expect(ends.filter((end) => end !== 200 && end !== 'left')).toEqual([]);
  const standing = async (metric: string) => (await admin.usage(key)).limits.find((limit) => limit.metric === metric);
  await expect.poll(async () => standing('concurrency'), { timeout: 60_000 }).toMatchObject({ held: 0 });
  const posted = Number((await standing('requests'))?.posted);
  const stayed = ends.filter((end) => end === 200).length + 1;
  expect(posted).toBeGreaterThanOrEqual(stayed);
  expect(posted).toBeLessThanOrEqual(1001);
  // Nobody was left waiting until it asked again.
  expect(log()).not.toContain('-repeated');
});

test('of those whose keys are new all are served who stay, whoever is called to look and leaves', async () => {
  const { admin } = await start();
  const keys: string[] = [];
  while (keys.length < 200) {
    const made = Array.from({ length: 10 }, async () => admin.createKey('a', [{ metric: 'concurrency', max: 9 }]));
    keys.push(...(await Promise.all(made)).map(({ key }) => key));
  }
  const clients = keys.map(async (key, number) => {
    const leavesMs = number % 2 === 0 ? (number * 7) % 1000 : undefined;
    const status = await post(admin.url, '/v1/chat/completions', key, { model: 'echo', messages }, leavesMs);
    return leavesMs === undefined ? status : 'left';
  });
  expect((await Promise.all(clients)).filter((end) => end !== 200 && end !== 'left')).toEqual([]);
});
