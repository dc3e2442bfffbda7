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
  try {
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
    return children.trim().split(' ').map(Number);
  } catch {
    return [];
  }
}
