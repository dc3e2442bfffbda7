/**
 * How much of the machine others use while something is measured. Figures of a busy machine say little, so they are
 * marked. Only Linux tells.
 */

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { processorMs, processesBelow } from './processor-time.ts';

const tickMs = 10;

/** If others take a larger share of all processors, a round is marked. */
export const shareMax = 0.1;

interface Reading {
  readonly atMs: number;
  readonly allMs: number;
  readonly ownMs: number;
}

/** Begins to watch. Returns a function that says which share others have taken since; undefined where nobody tells. */
export function watchOthers(): () => number | undefined {
  const before = reading();
  return () => {
    const after = reading();
    if (before === undefined || after === undefined) return undefined;
    const othersMs = after.allMs - before.allMs - (after.ownMs - before.ownMs);
    return Math.max(0, othersMs / ((after.atMs - before.atMs) * availableParallelism()));
  };
}

function reading(): Reading | undefined {
  try {
    const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
    const [user = 0, nice = 0, system = 0, , , interrupts = 0, soft = 0, stolen = 0] = line
      .split(/\s+/)
      .slice(1)
      .map(Number);
    const own = [process.pid, ...processesBelow(process.pid)].map((id) => processorMs(id) ?? 0);
    return {
      atMs: performance.now(),
      allMs: (user + nice + system + interrupts + soft + stolen) * tickMs,
      ownMs: own.reduce((sum, ms) => sum + ms, 0),
    };
  } catch {
    return undefined;
  }
}
