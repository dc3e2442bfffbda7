import { simulate } from './simulate.ts';
import { exchangeSeeds } from './exchange-step.ts';
import type { Tally } from './tally.ts';

/**
 * A program of its own, because the code under test runs several times faster in plain Node than where each of its
 * lines is counted. Usage: node run-share.ts <share, from 0>. Simulates every seed of one share: SIM_RUNS seeds from
 * SIM_SEED on, of SIM_STEPS steps each. Prints the kinds of answers that never came up, where there were runs enough
 * for all of them.
 */

const runs = Number(process.env['SIM_RUNS'] ?? 2400);
const stepCount = Number(process.env['SIM_STEPS'] ?? 200);
const firstSeed = Number(process.env['SIM_SEED'] ?? 1);

/** In how many files the runs are shared out, so that as many workers may take them. */
const shares = 4;

/** Every kind of answer there is: runs in which one of them was never given would have left something out. */
const kinds = [
  'admit denied',
  'admit ended',
  'admit error',
  'admit granted',
  'admit idempotency in_progress',
  'admit idempotency mismatch',
  'admit idempotency unreplayable',
  'admit refused at',
  'admit refused holds',
  'admit refused never',
  'admit replay',
  'admit stale',
  'configure configured',
  'extend ended',
  'extend granted',
  'extend refused at',
  'extend refused holds',
  'extend refused never',
  'recall idempotency in_progress',
  'recall idempotency mismatch',
  'recall idempotency unreplayable',
  'recall none',
  'recall replay',
  'forget forgotten',
  'forget none',
  'read kept',
  'read none',
  'renew renewed',
  'reset changed',
  'resolve idempotency in_progress',
  'resolve replay',
  'resolve resolved',
  'resolve resolved missing',
  'settle ended',
  'settle ended kept',
  'settle error',
  'settle settled',
  'settle settled breach',
  'settle settled breach corrected',
  'settle settled corrected',
  'settle settled corrected kept',
  'settle settled kept',
  'void ended',
  'void voided',
];
/** In so many runs, each of them comes up. */
const enoughRuns = 400;

const share = Number(process.argv[2]);
const sum: Tally = new Map();
let simulated = 0;
for (let run = share; run < runs; run += shares) {
  const tally = await simulate(firstSeed + run, stepCount);
  for (const [kind, times] of tally) sum.set(kind, (sum.get(kind) ?? 0) + times);
  simulated += 1;
}
// An exchange is nothing to the engine but commands that come at once: a part of as many runs shows that.
for (let run = share; run < runs / 8; run += shares) await simulate(exchangeSeeds + firstSeed + run, stepCount);
process.stdout.write(JSON.stringify(simulated < enoughRuns ? [] : kinds.filter((kind) => !sum.has(kind))));
