/**
 * How much processor time a process has used. Unlike requests a second it hardly depends on what else the machine does,
 * so it is shown beside them where the operating system tells it, which is Linux.
 */

import { readFileSync, readdirSync } from 'node:fs';

const nanosecondsPerMs = 1_000_000;

/** Of all its threads together; undefined where nobody tells. */
export function processorMs(processId: number | undefined): number | undefined {
  if (processId === undefined) return undefined;
  const tasks = `/proc/${processId}/task`;
  try {
    return readdirSync(tasks).reduce((sum, task) => sum + runNanoseconds(`${tasks}/${task}`), 0) / nanosecondsPerMs;
  } catch {
    // Not on this system, or no longer.
    return undefined;
  }
}

function runNanoseconds(task: string): number {
  return Number(readFileSync(`${task}/schedstat`, 'utf8').split(' ')[0]);
}

/** The processes that this one has started and that are still there; none where nobody tells. */
export function childProcesses(): number[] {
  return childrenOf(process.pid);
}

/** Those that it has started, those that they have started, and so on. */
export function processesBelow(id: number): number[] {
  return childrenOf(id).flatMap((child) => [child, ...processesBelow(child)]);
}

function childrenOf(id: number): number[] {
  try {
    const tasks = readdirSync(`/proc/${id}/task`);
    const listed = tasks.map((task) => readFileSync(`/proc/${id}/task/${task}/children`, 'utf8').trim());
    return listed.flatMap((children) => (children === '' ? [] : children.split(' ').map(Number)));
  } catch {
    return [];
  }
}
