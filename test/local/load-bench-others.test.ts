import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { shareMax, watchOthers } from '../bench/others.ts';
import { busyMark } from '../bench/report.ts';

const busyLoop = `const endMs = Date.now() + 20_000; while (Date.now() < endMs);`;

/** A program that is busy, and of which nobody here is the parent any more. Answers its process id. */
function busyStranger(): number {
  const command = '"$0" -e "$1" > /dev/null 2>&1 & echo $!';
  const { stdout } = spawnSync('sh', ['-c', command, process.execPath, busyLoop], { encoding: 'utf8' });
  return Number(stdout);
}

test.runIf(existsSync('/proc/stat'))('what others take of the machine is seen, and marks the figures', async () => {
  const stranger = busyStranger();
  try {
    const others = watchOthers();
    // Until it has had its share: a busy machine may let it wait.
    for (let tried = 0; tried < 40 && busyMark(others()) === undefined; tried += 1) await sleep(250);
    expect(others()).toBeGreaterThan(shareMax);
  } finally {
    process.kill(stranger);
  }
});

test.each([
  [undefined, undefined],
  [shareMax, undefined],
  [shareMax + 0.01, 'BUSY: others took 11 % of the machine'],
])('figures while others took %s of it are marked: %s', (share, mark) => {
  expect(busyMark(share)).toBe(mark);
});
