import { simulate } from './tree-simulate.ts';

/**
 * A program of its own, for the same reason as the simulator of one account. Usage: node run-trees.ts <share, from 0>.
 * Simulates the trees of one share: SIM_TREES seeds from SIM_SEED on, of SIM_TREE_STEPS steps each. Prints how often
 * what happened that must happen now and then.
 */
const runs = Number(process.env['SIM_TREES'] ?? 1500);
const stepCount = Number(process.env['SIM_TREE_STEPS'] ?? 300);
const firstSeed = Number(process.env['SIM_SEED'] ?? 1);
const shares = 2;

const share = Number(process.argv[2]);
const sum: Record<string, number> = {};
for (let run = share; run < runs; run += shares) {
  for (const [what, times] of Object.entries(await simulate(firstSeed + run, stepCount))) {
    sum[what] = (sum[what] ?? 0) + times;
  }
}
process.stdout.write(JSON.stringify(sum));
