import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { admin, chat, spawnWeir, temporaryFolder } from './spawned-weir.ts';

const catalog = {
  providers: { echo: { kind: 'echo' } },
  models: {
    mine: {
      targets: [{ provider: 'echo', model: 'echo' }],
      price: { input: '1', output: '2' },
      contextTokens: 1000,
      maxOutputTokens: 100,
    },
  },
};

const kvFiles = (folder: string): string[] =>
  readdirSync(join(folder, '.weir/state'), { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile() && join(entry.parentPath, '/').includes('/kv/'))
    .map((entry) => join(entry.parentPath, entry.name));

/** A stopped gateway whose catalog was written. */
async function stoppedWithCatalog(folder: string): Promise<string> {
  const first = spawnWeir(folder);
  const weir = await first.welcome;
  const adminKey = weir.adminKey ?? '';
  await admin(weir, adminKey, 'PUT', '/admin/catalog', catalog);
  first.process.kill('SIGTERM');
  await first.ended;
  return adminKey;
}

it('a gateway whose KV was emptied serves the catalog that was written, and puts it there again', async () => {
  const folder = temporaryFolder();
  await stoppedWithCatalog(folder);
  const written = kvFiles(folder);
  expect(written).not.toEqual([]);
  for (const path of written) rmSync(path);
  const second = spawnWeir(folder);
  const weir = await second.welcome;
  expect((await chat(weir, 'mine', 'hello')).status).toBe(200);
  expect((await chat(weir, 'echo', 'hello')).status).toBe(404);
  expect(readFileSync(join(folder, '.weir/weir.log'), 'utf8')).toContain('catalog-missing');
  second.process.kill('SIGTERM');
  await second.ended;
  expect(kvFiles(folder)).not.toEqual([]);
});

it('a gateway whose KV was spoilt starts, and serves the catalog that was written', async () => {
  const folder = temporaryFolder();
  await stoppedWithCatalog(folder);
  const blobs = kvFiles(folder).filter((path) => path.includes('/blobs/'));
  expect(blobs).not.toEqual([]);
  // As long as before: its length is kept elsewhere.
  for (const path of blobs) writeFileSync(path, '{'.repeat(readFileSync(path).length));
  const weir = await spawnWeir(folder).welcome;
  expect((await chat(weir, 'mine', 'hello')).status).toBe(200);
  expect(readFileSync(join(folder, '.weir/weir.log'), 'utf8')).toContain('catalog-malformed');
});

it('a gateway whose catalog is no longer valid runs all the same, says what is wrong, and lets an admin mend it', async () => {
  const folder = temporaryFolder();
  const first = spawnWeir(folder);
  const before = await first.welcome;
  const local = { kind: 'openai', baseUrl: 'http://127.0.0.1:9/v1' };
  const adminKey = before.adminKey ?? '';
  await admin(before, adminKey, 'PUT', '/admin/catalog', { ...catalog, providers: { ...catalog.providers, local } });
  first.process.kill('SIGTERM');
  await first.ended;
  const second = spawnWeir(folder, { ALLOW_PRIVATE_UPSTREAMS: 'false' });
  await vi.waitFor(() => expect(second.stdout()).toContain('No call with it can be served'), {
    timeout: 60_000,
    interval: 50,
  });
  expect(second.stdout()).toContain('providers.local.baseUrl');
  const weir = { ...before, url: /http:\S+/.exec(second.stdout())?.[0] ?? '' };
  await admin(weir, adminKey, 'PUT', '/admin/catalog', catalog);
  expect((await chat(weir, 'mine', 'hello')).status).toBe(200);
});
