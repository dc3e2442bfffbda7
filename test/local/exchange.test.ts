import { Agent, request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { AdminClient } from '../load/admin-client.ts';
import { spawnWeir, temporaryFolder } from './spawned-weir.ts';

// Commands that travel together, in one isolate of the real runtime: there a request waits for another's I/O.

const agent = new Agent({ keepAlive: true });

async function post(url: URL, path: string, key: string, body: object): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const headers = { authorization: `Bearer ${key}`, 'x-gateway-budget': 'strict' };
  const sent = request(new URL(path, url), { method: 'POST', headers, agent }, (answer) => {
    answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
  });
  sent.once('error', reject).end(JSON.stringify(body));
  return promise;
}

const calls = 150;
const messages = [{ role: 'user', content: 'Hi' }];

test('who calls again the moment it is answered is never refused for its own last call', async () => {
  onTestFinished(() => agent.destroy());
  const weir = await spawnWeir(temporaryFolder(), { ADMIN_KEY: 'admin-key' }).welcome;
  const admin = new AdminClient(new URL(weir.url), 'admin-key');
  // At one endpoint there is room for one call at a time: of slots, and of tokens by what a call holds.
  const { key } = await admin.createKey('a', [
    { metric: 'concurrency', endpoint: 'messages', max: 1 },
    { metric: 'tokens', per: 'total', endpoint: 'messages', max: 15_000 },
  ]);
  const statuses: number[] = [];
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
