import { execFile } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { writtenLeaseMs } from '../../src/limits.ts';
import { doubtMs } from '../../src/core/account/doubt.ts';
import {
  type SpawnedWeir,
  admin,
  chat,
  isRunning,
  killIfThere,
  spawnWeir,
  temporaryFolder,
  workerdOf,
} from './spawned-weir.ts';
import { StateOnDisk } from './state-on-disk.ts';

async function postedUsd(url: string, apiKey: string): Promise<string> {
  const answer = await fetch(`${url}/v1/usage`, { headers: { authorization: `Bearer ${apiKey}` } });
  return /"total_usd":"([^"]+)"/.exec(await answer.text())?.[1] ?? '';
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

async function kill(weir: SpawnedWeir, folder: string): Promise<void> {
  const pids = workerdOf(folder);
  weir.process.kill('SIGKILL');
  await weir.ended;
  await until(() => !isRunning(pids?.workerd ?? 0) && !isRunning(pids?.supervisor ?? 0));
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

it('prints only what a user needs, and a line that works as printed', async () => {
  const weir = spawnWeir(temporaryFolder());
  const { url, apiKey, curl } = await weir.welcome;
  expect(weir.stdout().split('\n')).toEqual([
    `Weir runs on ${url} and keeps its state in .weir`,
    '',
    expect.stringMatching(/^admin key {2}\S+$/),
    '           shown this once; kept in .weir/admin-key',
    `api key    ${apiKey}`,
    '',
    'Try it, with no provider key:',
    curl,
    '',
  ]);
  const { stdout } = await promisify(execFile)('sh', ['-c', curl]);
  expect(JSON.parse(stdout)).toMatchObject({
    object: 'chat.completion',
    choices: [{ finish_reason: 'stop', message: { role: 'assistant' } }],
  });
  expect(weir.stderr()).toBe('');
});

it('keeps all its state where only its owner can read it', async () => {
  const folder = temporaryFolder();
  const weir = await spawnWeir(folder).welcome;
  await (await chat(weir, 'echo', 'hello')).text();
  const open = ['.', ...readdirSync(join(folder, '.weir'), { recursive: true, encoding: 'utf8' })].filter(
    (name) => (lstatSync(join(folder, '.weir', name)).mode & 0o077) !== 0,
  );
  expect(open).toEqual([]);
  expect(readFileSync(join(folder, '.weir/api-key'), 'utf8').trim()).toBe(weir.apiKey);
  expect(readFileSync(join(folder, '.weir/admin-key'), 'utf8').trim()).toBe(weir.adminKey);
  expect(readdirSync(folder)).toEqual(['.weir']);
});

it('shows the admin key once, and the same API key at each start', async () => {
  const folder = temporaryFolder();
  const first = spawnWeir(folder);
  const { apiKey, adminKey } = await first.welcome;
  expect(adminKey).toBeDefined();
  first.process.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  const second = await spawnWeir(folder).welcome;
  expect(second).toMatchObject({ apiKey, adminKey: undefined });
  expect((await chat(second, 'echo', 'hello')).status).toBe(200);
});

it('says so when the first API key was revoked since', async () => {
  const folder = temporaryFolder();
  const first = spawnWeir(folder);
  const weir = await first.welcome;
  const path = `/admin/users/${readFileSync(join(folder, '.weir/user'), 'utf8').trim()}/api-keys`;
  const listed = JSON.stringify(await admin(weir, weir.adminKey ?? '', 'GET', path));
  await admin(weir, weir.adminKey ?? '', 'PATCH', `${path}/${/k_[\w-]+/.exec(listed)?.[0]}`, { status: 'revoked' });
  first.process.kill('SIGTERM');
  await first.ended;
  const second = spawnWeir(folder);
  await until(() => second.stdout().includes('api key'));
  expect(second.stdout()).toContain('the one in .weir/api-key no longer works: delete that file and start again');
  expect(second.stdout()).not.toContain('curl');
});

it('takes ADMIN_KEY instead of making one, and neither keeps nor prints it', async () => {
  const folder = temporaryFolder();
  const weir = spawnWeir(folder, { ADMIN_KEY: 'my-own-admin-key-of-some-length' });
  const welcome = await weir.welcome;
  expect(welcome.adminKey).toBeUndefined();
  expect(weir.stdout()).not.toContain('my-own-admin-key');
  expect(existsSync(join(folder, '.weir/admin-key'))).toBe(false);
  await admin(welcome, 'my-own-admin-key-of-some-length', 'GET', '/admin/catalog');
});

it('loses nothing that was answered when it is killed, and takes its runtime with it', async () => {
  const folder = temporaryFolder();
  const first = spawnWeir(folder);
  const weir = await first.welcome;
  for (let call = 0; call < 5; call++) expect((await chat(weir, 'echo', `call ${call}`)).status).toBe(200);
  await until(async () => /"held":"0\.0+"|"limits":\[\]/.test(await (await usage(weir)).text()));
  const posted = await postedUsd(weir.url, weir.apiKey);
  expect(Number(posted)).toBeGreaterThan(0);

  await kill(first, folder);
  expect(await first.ended).toBe('SIGKILL');
  expect(await answers(weir.url)).toBe(false);

  const again = await spawnWeir(folder).welcome;
  expect(await postedUsd(again.url, again.apiKey)).toBe(posted);
});

it('ends a call that was cut off by a kill where nobody calls, when its owner could have renewed it, and no later after another kill', async () => {
  const folder = temporaryFolder();
  const state = new StateOnDisk(folder);
  const first = spawnWeir(folder);
  const weir = await first.welcome;
  const path = `/admin/users/${readFileSync(join(folder, '.weir/user'), 'utf8').trim()}/api-keys`;
  const limits = [{ metric: 'concurrency', max: 1 }];
  const made = await admin(weir, weir.adminKey ?? '', 'POST', path, { name: 'left alone', limits });
  const apiKey = /"key":"([^"]+)"/.exec(JSON.stringify(made))?.[1] ?? '';
  const ask = (model: string, idempotencyKey: string, url: string): Promise<Response> =>
    chat({ ...weir, url, apiKey }, model, 'hello', { stream: true }, { 'idempotency-key': idempotencyKey });
  const answer = await ask('echo-stall', 'order-7', weir.url);
  await answer.body?.getReader().read();
  await kill(first, folder);

  // Its lease is over, and only seconds are left of the one that a restart gives: it gets more time, once.
  state.moveBack(writtenLeaseMs - 3000);
  const second = spawnWeir(folder);
  await second.welcome;
  await until(() => state.events('leased').length > 0);
  expect(state.events('expired')).toEqual([]);
  await kill(second, folder);

  state.moveBack(doubtMs);
  const { url } = await spawnWeir(folder).welcome;
  await until(() => state.events('expired').length > 0);
  const [leased, ...more] = state.events('leased');
  const [expired] = state.events('expired');
  expect(more).toEqual([]);
  expect(expired?.at).toBeGreaterThanOrEqual((leased?.at ?? 0) + doubtMs);
  expect(await (await ask('echo-stall', 'order-7', url)).json()).toMatchObject({
    error: { code: 'idempotency_unreplayable' },
  });
  expect((await ask('echo', 'order-8', url)).status).toBe(200);
});

function usage(weir: { url: string; apiKey: string }): Promise<Response> {
  return fetch(`${weir.url}/v1/usage`, { headers: { authorization: `Bearer ${weir.apiKey}` } });
}

it('ends a runtime that was left behind, and takes over its port and its data', async () => {
  const folder = temporaryFolder();
  const first = spawnWeir(folder);
  const weir = await first.welcome;
  const pids = workerdOf(folder);
  killIfThere(pids?.supervisor ?? 0);
  first.process.kill('SIGKILL');
  await first.ended;
  expect(isRunning(pids?.workerd ?? 0)).toBe(true);
  expect(await answers(weir.url)).toBe(true);

  const again = await spawnWeir(folder, { PORT: new URL(weir.url).port }).welcome;
  expect(again.url).toBe(weir.url);
  expect(isRunning(pids?.workerd ?? 0)).toBe(false);
  expect((await chat(again, 'echo', 'hello')).status).toBe(200);
});

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('lets calls in flight end before it stops at %s', async (signal) => {
  const folder = temporaryFolder();
  const weir = spawnWeir(folder);
  const welcome = await weir.welcome;
  const answer = await chat(welcome, 'echo-slow', 'one two three four', { stream: true });
  weir.process.kill(signal);
  expect(await answer.text()).toContain('data: [DONE]');
  expect(await weir.ended).toBe(0);
  expect(weir.stderr()).toBe('');
  expect(await answers(welcome.url)).toBe(false);
  expect(workerdOf(folder)).toBeUndefined();
});

it('restarts a runtime that crashed, on the same port and data', async () => {
  const folder = temporaryFolder();
  const weir = await spawnWeir(folder).welcome;
  const crashed = workerdOf(folder)?.workerd ?? 0;
  killIfThere(crashed);
  await until(() => ![undefined, crashed].includes(workerdOf(folder)?.workerd));
  await until(() => answers(weir.url));
  expect((await chat(weir, 'echo', 'hello')).status).toBe(200);
});
