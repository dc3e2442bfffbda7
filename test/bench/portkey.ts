/**
 * Portkey's gateway, for comparison: the published package, from npm into a temporary folder, run as its own command
 * runs it.
 */

import { execFileSync, spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestBytes } from '../load/http-connection.ts';
import { temporaryFolder } from '../load/launched-gateway.ts';
import { Problem } from '../../src/local/problem.ts';
import { type Target, send } from './measure.ts';

const portkeyPackage = '@portkey-ai/gateway';
const portkeyVersion = '1.15.2';
const startMsMax = 30_000;

export interface Peer {
  readonly name: string;
  readonly target: Target;
  stop(): void;
}

export async function startPortkey(upstreamUrl: string, body: string): Promise<Peer> {
  const folder = temporaryFolder('portkey');
  const wanted = `${portkeyPackage}@${portkeyVersion}`;
  execFileSync(
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder, wanted],
    {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const port = await freePort();
  const program = join(folder, 'node_modules', portkeyPackage, 'build', 'start-server.js');
  const child = spawn(process.execPath, [program, `--port=${port}`, '--headless'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
    stdio: 'ignore',
  });
  const stop = (): void => {
    child.kill('SIGKILL');
  };
  process.prependOnceListener('exit', stop);
  const url = new URL(`http://127.0.0.1:${port}`);
  const headers = {
    authorization: 'Bearer upstream-key',
    'content-type': 'application/json',
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': upstreamUrl,
  };
  const target = { url, requests: [requestBytes('POST', url, '/v1/chat/completions', headers, body)] };
  await waitUntilUp(target);
  return { name: `Portkey ${portkeyVersion}`, target, stop };
}

async function waitUntilUp(target: Target): Promise<void> {
  const deadlineMs = performance.now() + startMsMax;
  for (;;) {
    try {
      await send(target, 1, 1);
      return;
    } catch (error) {
      if (error instanceof Problem || performance.now() > deadlineMs) throw error;
      await sleep(100);
    }
  }
}

/** One that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      // A server that listens on a port has an address with one.
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
