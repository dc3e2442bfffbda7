/** Runs a bundle on workerd, bound straight to its port: nothing of Node stands in a request's way. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from 'miniflare';
import type { Bundle } from './bundle.ts';
import { errorCode, Problem } from './problem.ts';
import type { Variables } from './variables.ts';
import { readWorkerOptions } from './worker-options.ts';

/** How long calls in flight may take to end after the gateway was told to stop. */
const drainMs = 5000;

export interface RuntimeSettings {
  readonly bundle: Bundle;
  readonly variables: Variables;
  readonly host: string;
  /** 0 is any free port. */
  readonly port: number;
  /** A folder that this process alone uses. */
  readonly dataPath: string;
  readonly log: (level: string, message: string) => void;
}

export interface Runtime {
  readonly url: URL;
  /** Calls in flight have a few seconds to end. Safe to call when the runtime is gone already. */
  stop(): Promise<void>;
}

export async function startRuntime(settings: RuntimeSettings): Promise<Runtime> {
  const processIds = join(settings.dataPath, 'workerd');
  await killOrphan(processIds);
  await refuseTakenPort(settings.host, settings.port);
  superviseWorkerd(processIds);
  // What Miniflare leaves behind when it is killed then lies where the next start removes it.
  process.env['TMPDIR'] = join(settings.dataPath, 'tmp');

  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...readWorkerOptions(),
      ...modules(settings.bundle),
      bindings: settings.variables,
      unsafeDirectSockets: [{ host: settings.host, port: settings.port }],
      unsafeRegisterWorker: false,
      resourcePersistencePath: join(settings.dataPath, 'state'),
      cf: false,
      log: new NoOpLog(),
      handleStructuredLogs: ({ level, message }) => {
        settings.log(level, message);
      },
    }),
  );
  // It would leave at once on a signal, with workerd killed in the middle of its calls.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(signal);
  await miniflare.ready;
  return {
    url: await miniflare.unsafeGetDirectURL(),
    stop: async () => {
      await drain(processIds);
      await miniflare.dispose();
      await killOrphan(processIds);
    },
  };
}

function modules(bundle: Bundle) {
  const folder = join(bundle[0]?.path ?? '', '..');
  return { modulesRoot: folder, modules: bundle.map((module) => ({ ...module })) };
}

/** Elsewhere than on a POSIX system workerd runs unsupervised: a killed parent leaves it to the next start. */
function superviseWorkerd(processIds: string): void {
  if (process.platform === 'win32') return;
  process.env['WEIR_WORKERD'] = workerdPath();
  process.env['WEIR_WORKERD_PIDS'] = processIds;
  process.env['MINIFLARE_WORKERD_PATH'] = join(import.meta.dirname, 'supervised-workerd.sh');
}

/** The workerd that Miniflare itself would run. */
function workerdPath(): string {
  const fromMiniflare = createRequire(createRequire(import.meta.url).resolve('miniflare'));
  const workerd: unknown = fromMiniflare('workerd');
  assert(typeof workerd === 'object' && workerd !== null && 'default' in workerd);
  assert(typeof workerd.default === 'string');
  return workerd.default;
}

async function drain(processIds: string): Promise<void> {
  const ids = readProcessIds(processIds);
  if (ids === undefined) return;
  signalProcess(ids.supervisor, 'SIGTERM');
  signalProcess(ids.workerd, 'SIGTERM');
  await waitForEnd(ids.workerd, drainMs);
}

/** Ends a workerd whose parent was killed. It would hold the port, and write to the data under us. */
async function killOrphan(processIds: string): Promise<void> {
  const workerd = readProcessIds(processIds)?.workerd;
  if (workerd !== undefined && isWorkerd(workerd)) {
    signalProcess(workerd, 'SIGKILL');
    await waitForEnd(workerd, drainMs);
  }
  rmSync(processIds, { force: true });
}

function readProcessIds(path: string): { supervisor: number; workerd: number } | undefined {
  if (!existsSync(path)) return undefined;
  const [supervisor, workerd] = readFileSync(path, 'utf8').trim().split(' ').map(Number);
  return supervisor === undefined || workerd === undefined ? undefined : { supervisor, workerd };
}

/** The number in a file may since have been given to another program, which is none of our business. */
function isWorkerd(processId: number): boolean {
  const commandLine = `/proc/${processId}/cmdline`;
  if (existsSync(commandLine)) return readFileSync(commandLine, 'utf8').includes('workerd');
  return spawnSync('ps', ['-o', 'command=', '-p', String(processId)], { encoding: 'utf8' }).stdout.includes('workerd');
}

/** Answers whether there was such a process. */
function signalProcess(processId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(processId, signal);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
    throw error;
  }
}

async function waitForEnd(processId: number, atMostMs: number): Promise<void> {
  const deadline = performance.now() + atMostMs;
  while (signalProcess(processId, 0) && performance.now() < deadline) await sleep(20);
}

/** workerd would say it too, but in its own words and after its start. */
function refuseTakenPort(host: string, port: number): Promise<void> {
  const problems: Record<string, string> = {
    EADDRINUSE: `Port ${port} on ${host} is in use. Stop what uses it, or set PORT to another.`,
    EACCES: `Port ${port} may not be opened by this user. Set PORT to one above 1023.`,
    EADDRNOTAVAIL: `This machine has no address ${host}. Set HOST to one that it has, such as 127.0.0.1.`,
    ENOTFOUND: `The name ${host} can't be resolved. Set HOST to an address, such as 127.0.0.1.`,
  };
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      const problem = problems[errorCode(error) ?? ''];
      reject(problem === undefined ? error : new Problem(problem));
    });
    server.listen(port, host, () => {
      server.close(() => {
        resolve();
      });
    });
  });
}
