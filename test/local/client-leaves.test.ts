import { type Socket, connect } from 'node:net';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from 'miniflare';
import { canSeeClients } from '../../src/local/closed-clients.ts';
import { AdminClient, type LimitSetting } from '../load/admin-client.ts';
import { spawnWeir, temporaryFolder } from './spawned-weir.ts';

// What clients do to their connections, with real sockets. `echo-stall` never answers.

const oneAtATime: LimitSetting = { metric: 'concurrency', max: 1 };
const requests: LimitSetting = { metric: 'requests', per: 'total', max: 10 };

const ways: readonly { readonly how: string; readonly leave: (socket: Socket) => void }[] = [
  { how: 'reset', leave: (socket) => socket.resetAndDestroy() },
  // Only Linux tells: docs/guarantees.md says so.
  ...(canSeeClients() ? [{ how: 'closed', leave: (socket: Socket) => void socket.destroy() }] : []),
];

async function start() {
  const folder = temporaryFolder();
  const weir = await spawnWeir(folder, { ADMIN_KEY: 'admin-key' }).welcome;
  const admin = new AdminClient(new URL(weir.url), 'admin-key');
  const path = join(folder, '.weir/weir.log');
  return { admin, log: () => (existsSync(path) ? readFileSync(path, 'utf8') : '') };
}

/** A client that has sent its request. */
async function ask(admin: AdminClient, key: string, model: string, more: object = {}) {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'one two three four five six' }], ...more });
  const socket = connect({ port: Number(admin.url.port), host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  let received = '';
  socket.on('error', () => undefined);
  socket.on('data', (bytes: Buffer) => {
    received += bytes.toString();
  });
  const head = ['POST /v1/chat/completions HTTP/1.1', 'host: weir', `authorization: Bearer ${key}`];
  socket.write(`${[...head, `content-length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`);
  return { socket, received: () => received };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50);
}

async function standing(admin: AdminClient, key: string, metric: string) {
  const { limits } = await admin.usage(key);
  const found = limits.find((limit) => limit.metric === metric);
  return { posted: Number(found?.posted), held: Number(found?.held) };
}

it.each(ways)('a client whose connection is $how frees its slot, or gives up its turn', async ({ leave }) => {
  const { admin, log } = await start();
  const { key } = await admin.createKey('a', [oneAtATime, requests], { onAbort: 'hold', waitMs: 60_000 });
  const served = await ask(admin, key, 'echo-stall');
  await until(async () => (await standing(admin, key, 'concurrency')).held === 1);
  const waiting = await ask(admin, key, 'echo');
  // Once these are answered, what was sent before them has been read.
  for (let question = 0; question < 5; question++) await admin.usage(key);
  leave(waiting.socket);
  await until(() => log().includes('before it was its turn'));
  leave(served.socket);
  await until(async () => (await standing(admin, key, 'concurrency')).held === 0);
  expect(await standing(admin, key, 'requests')).toEqual({ posted: 1, held: 0 });
});

it('gives a client that closes only its own side all of its answer, whole or as a stream', async () => {
  const { admin } = await start();
  const { key } = await admin.createKey('a', []);
  const content = 'one two three four five six seven eight nine ten';
  const messages = [{ role: 'user', content }];
  const whole = await ask(admin, key, 'echo-slow', { messages });
  whole.socket.end();
  const stream = await ask(admin, key, 'echo-slow', { messages, stream: true });
  await until(() => stream.received().includes('data: '));
  stream.socket.end();
  await until(() => whole.received().includes('ten') && stream.received().includes('[DONE]'));
  expect(whole.received()).toMatch(/^HTTP\/1.1 200 /);
});

// The reason for all this. If it fails, the runtime now tells, and `src/local/closed-clients.ts` can go.
it('is needed: the runtime alone tells of a connection that was reset, and not of one that was closed', async () => {
  const script = `const left = {};
    export default { async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === '/left') return Response.json(left);
      left[pathname] = false;
      request.signal.addEventListener('abort', () => (left[pathname] = true));
      await scheduler.wait(60_000);
      return new Response();
    } }`;
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: 'waits',
      compatibilityDate: '2026-09-18',
      compatibilityFlags: ['enable_request_signal'],
      modules: true,
      script,
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      unsafeRegisterWorker: false,
      cf: false,
      log: new NoOpLog(),
    }),
  );
  onTestFinished(() => miniflare.dispose());
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL();
  const left = async (): Promise<unknown> => (await fetch(new URL('/left', url))).json();
  const [closed, reset] = ['/closed', '/reset'].map((path) => {
    const socket = connect(Number(url.port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
    return socket;
  });
  await expect.poll(left, { timeout: 60_000 }).toEqual({ '/closed': false, '/reset': false });
  closed?.destroy();
  reset?.resetAndDestroy();
  await expect.poll(left, { timeout: 60_000 }).toEqual({ '/closed': false, '/reset': true });
});
