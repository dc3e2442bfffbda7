import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { spawnWeir, temporaryFolder } from './spawned-weir.ts';

// What a user can fix is said in one clear line, with exit code 1 and no stack trace.

async function refusal(
  folder: string,
  environment: Record<string, string> = {},
  flags: string[] = [],
): Promise<string> {
  const weir = spawnWeir(folder, environment, flags);
  expect({ end: await weir.ended, stdout: weir.stdout() }).toEqual({ end: 1, stdout: '' });
  expect(weir.stderr()).toMatch(/^[^\n]+\n$/);
  expect(weir.stderr()).not.toMatch(/^\s+at /m);
  return weir.stderr().trim();
}

it('says which port is in use', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const said = await refusal(temporaryFolder(), { PORT: String(port) });
  expect(said).toBe(`Port ${port} on 127.0.0.1 is in use. Stop what uses it, or set PORT to another.`);
});

it('says that HOST is no address of this machine', async () => {
  const said = await refusal(temporaryFolder(), { HOST: '203.0.113.1' });
  expect(said).toBe('This machine has no address 203.0.113.1. Set HOST to one that it has, such as 127.0.0.1.');
});

it.each(['abc', '-1', '65536', '80.5', ''])('says that "%s" is no port', async (port) => {
  const said = await refusal(temporaryFolder(), { PORT: port });
  expect(said).toBe(`PORT must be a number from 0 to 65535, not "${port}".`);
});

it('says which folder it can not write to', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  const said = await refusal(folder, { WEIR_DATA: 'file/state' });
  const path = join(folder, 'file/state');
  expect(said).toBe(`Could not write to the folder ${path} (ENOTDIR). Make it writable, or set WEIR_DATA to another.`);
});

it('names the line of .dev.vars that it can not read', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, '.dev.vars'), '# keys\nOPENAI_API_KEY=sk-1\nANTHROPIC_API_KEY sk-2\n');
  expect(await refusal(folder)).toBe(`${join(folder, '.dev.vars')}, line 3: expected NAME=value.`);
});

it('says that .dev.vars is no file', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, '.dev.vars'));
  expect(await refusal(folder)).toMatch(/^Could not read .*\.dev\.vars: /);
});

it.each(['--prot', '-p', 'now'])('does not know the argument %s', async (flag) => {
  expect(await refusal(temporaryFolder(), {}, [flag])).toBe(`Unknown argument ${flag}. Try: npm start -- --help`);
});

it('lets no second process near the same data, and names the first', async () => {
  const folder = temporaryFolder();
  const first = spawnWeir(folder);
  await first.welcome;
  const said = await refusal(folder);
  const data = join(folder, '.weir');
  expect(said).toBe(
    `Another Weir (process ${first.process.pid}) is using ${data}. Stop it, or set WEIR_DATA to another folder.`,
  );
  expect((await fetch(`${(await first.welcome).url}/health`)).status).toBe(200);
});

it('explains its variables when asked to', async () => {
  const weir = spawnWeir(temporaryFolder(), {}, ['--help']);
  expect(await weir.ended).toBe(0);
  for (const name of ['PORT', 'HOST', 'WEIR_DATA', 'ADMIN_KEY', '.dev.vars']) expect(weir.stdout()).toContain(name);
});
