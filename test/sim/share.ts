import { simulate } from './simulate.ts';

const runs = Number(process.env['SIM_RUNS'] ?? 2400);
const stepCount = Number(process.env['SIM_STEPS'] ?? 200);
const firstSeed = Number(process.env['SIM_SEED'] ?? 1);

/** In how many files the runs are shared out, so that as many workers may take them. */
const shares = 4;

/** Simulates every seed of one share: SIM_RUNS seeds from SIM_SEED on, of SIM_STEPS steps each. Answers how many. */
export async function simulateShare(share: number): Promise<number> {
  let simulated = 0;
  for (let run = share; run < runs; run += shares) {
    await simulate(firstSeed + run, stepCount);
    simulated += 1;
  }
  return simulated;
}
