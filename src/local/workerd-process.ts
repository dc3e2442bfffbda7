/** The workerd process of a data folder. It runs supervised, has time to end its calls, and is never left behind. */

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf, isRunning, signalProcess } from './process-table.ts';

/** How long calls in flight may take to end after a stop. */
const drainMs = 5000;
const killMs = 5000;

/**
 * From now on Miniflare starts workerd in a shell that ends it when this process is gone. On a system that is not POSIX
 * it runs without the shell: if the parent is killed, the next start ends its workerd.
 */
export function superviseWorkerd(dataPath: string, workerdPath: string): void {
  if (process.platform === 'win32') return;
  process.env['WEIR_WORKERD'] = workerdPath;
  process.env['WEIR_WORKERD_PIDS'] = idsFile(dataPath);
  process.env['MINIFLARE_WORKERD_PATH'] = join(import.meta.dirname, 'supervised-workerd.sh');
  // When this process ends by itself, Miniflare kills the shell, and a killed shell can't end workerd.
  process.once('exit', () => {
    const ids = readIds(dataPath);
    if (ids !== undefined) signalProcess(ids.workerd, 'SIGKILL');
  });
}

/** Resolves when workerd has ended its calls and is gone, or when they took too long. */
export async function drainWorkerd(dataPath: string): Promise<void> {
  const ids = readIds(dataPath);
  if (ids === undefined) return;
  signalProcess(ids.supervisor, 'SIGTERM');
  signalProcess(ids.workerd, 'SIGTERM');
  await waitForEnd(ids.workerd, drainMs);
}

/** Ends a workerd whose parent is gone. It would hold the port, and write to the data of the next Weir. */
export async function killWorkerd(dataPath: string): Promise<void> {
  const ids = readIds(dataPath);
  // Another program may have the process id in the file by now: leave that one alone.
  if (ids !== undefined && commandOf(ids.workerd).includes('workerd')) {
    signalProcess(ids.workerd, 'SIGKILL');
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

async function waitForEnd(processId: number, atMostMs: number): Promise<void> {
  const deadline = performance.now() + atMostMs;
  while (isRunning(processId) && performance.now() < deadline) await sleep(20);
}
