/** What the operating system knows of other processes, by their ids. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { errorCode } from './problem.ts';

/** Returns whether there was such a process. */
export function signalProcess(processId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(processId, signal);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
    throw error;
  }
}

export function isRunning(processId: number): boolean {
  return signalProcess(processId, 0);
}

/** Its command line, or its title if it has set one; empty if there is no such process. */
export function commandOf(processId: number): string {
  return fromProc(processId, 'cmdline')?.replaceAll('\0', ' ') ?? fromPs(processId, 'args');
}

export function parentOf(processId: number): number | undefined {
  // The second field is a name in brackets, which may contain anything. The state and the parent follow it.
  const text = fromProc(processId, 'stat')?.replace(/^.*\) \S+ /s, '') ?? fromPs(processId, 'ppid');
  const id = Number.parseInt(text, 10);
  return id > 0 ? id : undefined;
}

/** Undefined on a system without /proc. */
function fromProc(processId: number, file: string): string | undefined {
  if (!existsSync('/proc/self/stat')) return undefined;
  try {
    return readFileSync(`/proc/${processId}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function fromPs(processId: number, column: string): string {
  return spawnSync('ps', ['-o', `${column}=`, '-p', String(processId)], { encoding: 'utf8' }).stdout.trim();
}
