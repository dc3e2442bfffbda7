import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Welcome, admin, chat, spawnWeir, temporaryFolder } from './spawned-weir.ts';

const accountFiles = (folder: string): string[] =>
  readdirSync(join(folder, '.weir/state'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /TenantActor.*\.sqlite/.test(path) && !path.includes('metadata'))
    .map((path) => join(folder, '.weir/state', path));

it('serves nobody on an account whose files are gone, until an admin lets it begin again', async () => {
  const folder = temporaryFolder();
  const first = spawnWeir(folder);
  const made = await first.welcome;
  const adminKey = made.adminKey ?? '';
  const path = `/admin/users/${readFileSync(join(folder, '.weir/user'), 'utf8').trim()}/api-keys`;
  const limits = [{ metric: 'requests', per: 'total', max: 2 }];
  const key = await admin(made, adminKey, 'POST', path, { name: 'two calls', limits });
  const [id, apiKey] = [Reflect.get(Object(key), 'id'), Reflect.get(Object(key), 'key')].map(String);
  const call = async (weir: Welcome): Promise<Response> => chat({ ...weir, apiKey: apiKey ?? '' }, 'echo', 'hello');
  for (const status of [200, 200, 429]) expect((await call(made)).status).toBe(status);
  first.process.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  // Each account is one file, which can be copied by itself.
  expect(accountFiles(folder).filter((file) => !file.endsWith('.sqlite'))).toEqual([]);
  for (const file of accountFiles(folder)) rmSync(file);

  const weir = await spawnWeir(folder).welcome;
  const refused = await call(weir);
  expect(refused.status).toBe(503);
  const remedy = `/admin/accounts/${id}/restart-ledger`;
  expect(await refused.text()).toContain(remedy);
  expect(await admin(weir, adminKey, 'GET', '/admin/health')).toMatchObject({
    status: 'degraded',
    lostLedgers: expect.arrayContaining([expect.objectContaining({ account: id })]),
  });
  expect(readFileSync(join(folder, '.weir/weir.log'), 'utf8')).toContain('account-lost');
  await admin(weir, adminKey, 'POST', remedy);
  for (const status of [200, 200, 429]) expect((await call(weir)).status).toBe(status);
});
