/** The workerd process of a data folder: started under supervision, given time to end its calls, never left behind. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from './problem.ts';

/** How long calls in flight may take to end after the gateway was told to stop. */
const drainMs = 5000;
const killMs = 5000;

/**
 * From now on Miniflare starts workerd in a shell that ends it when this process is gone. Elsewhere than on a POSIX
 * system it runs without: a killed parent then leaves its workerd to the next start.
 */
export function superviseWorkerd(dataPath: string, workerdPath: string): void {
  if (process.platform === 'win32') return;
  process.env['WEIR_WORKERD'] = workerdPath;
  process.env['WEIR_WORKERD_PIDS'] = idsFile(dataPath);
  process.env['MINIFLARE_WORKERD_PATH'] = join(import.meta.dirname, 'supervised-workerd.sh');
  // Miniflare kills the shell when this process ends by itself, and a killed shell can end nothing.
  process.once('exit', () => {
    const ids = readIds(dataPath);
    if (ids !== undefined) signal(ids.workerd, 'SIGKILL');
  });
}

/** Resolves when workerd has ended its calls and is gone, or they took too long. */
export async function drainWorkerd(dataPath: string): Promise<void> {
  const ids = readIds(dataPath);
  if (ids === undefined) return;
  signal(ids.supervisor, 'SIGTERM');
  signal(ids.workerd, 'SIGTERM');
  await waitForEnd(ids.workerd, drainMs);
}

/** Ends a workerd whose parent is gone. It would hold the port, and write to the data of the next one. */
export async function killWorkerd(dataPath: string): Promise<void> {
  const ids = readIds(dataPath);
  if (ids !== undefined && isWorkerd(ids.workerd)) {
    signal(ids.workerd, 'SIGKILL');
    await waitForEnd(ids.workerd, killMs);
  }
  rmSync(idsFile(dataPath), { force: true });
}

function idsFile(dataPath: string): string {
  return join(dataPath, 'workerd');
}

function readIds(dataPath: string): { readonly supervisor: number; readonly workerd: number } | undefined {
  const path = idsFile(dataPath);
  if (!existsSync(path)) return undefined;
  const [supervisor, workerd] = readFileSync(path, 'utf8').trim().split(' ').map(Number);
  return supervisor === undefined || workerd === undefined ? undefined : { supervisor, workerd };
}

/** The number in a file may since have been given to another program, which is none of our business. */
function isWorkerd(processId: number): boolean {
  const commandLine = `/proc/${processId}/cmdline`;
  if (existsSync('/proc/self')) return existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes('workerd');
  return spawnSync('ps', ['-o', 'command=', '-p', String(processId)], { encoding: 'utf8' }).stdout.includes('workerd');
}

/** Answers whether there was such a process. */
function signal(processId: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(processId, name);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
    throw error;
  }
}

async function waitForEnd(processId: number, atMostMs: number): Promise<void> {
  const deadline = performance.now() + atMostMs;
  while (signal(processId, 0) && performance.now() < deadline) await sleep(20);
}
