/**
 * How long an account that has made 100,000 calls takes to answer its first one after a restart, beside one that made
 * one.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Contestants } from './contestants.ts';
import { verdict } from './lines.ts';
import { type Target, median, send } from './measure.ts';
import { passedThrough } from './ways.ts';

const calls = 100_000;
const connections = 64;
const restarts = 3;
/** The last settlements are written a moment after the last answer. */
const settleMs = 1000;
const wakeMsMax = 100;

export async function measureWaking(contestants: Contestants): Promise<void> {
  console.log(`\nMaking ${calls.toLocaleString('en')} calls with one key …`);
  const oneKey = contestants.oneKey(passedThrough.chat, 'whole');
  await send(oneKey, connections, calls);
  await send(contestants.idle, 1, 1);
  await sleep(settleMs);
  const busyMs: number[] = [];
  const idleMs: number[] = [];
  for (let restart = 0; restart < restarts; restart++) {
    await contestants.restart();
    // A call with another key first, so that what is compared is not the start of the Worker.
    await send(contestants.manyKeys, 1, 1);
    idleMs.push(await timeOne(contestants.idle));
    busyMs.push(await timeOne(oneKey));
  }
  const shown = median(busyMs);
  console.log(
    `first call after a restart, median of ${restarts}: ${shown.toFixed(1)} ms with more than ` +
      `${calls.toLocaleString('en')} calls journalled, ` +
      `${median(idleMs).toFixed(1)} ms with few  ${verdict(shown, { atMost: wakeMsMax })}`,
  );
}

async function timeOne(target: Target): Promise<number> {
  const startedMs = performance.now();
  await send(target, 1, 1);
  return performance.now() - startedMs;
}
