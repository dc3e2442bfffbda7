import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { BrokenPromise } from './broken-promise.ts';
import { faults } from './fault.ts';

/**
 * A program of its own: plants one fault in the source as it is loaded, and simulates seed after seed until the
 * promise is seen to be broken that it must break. Prints which promises were, and by which seed the last, as JSON.
 * Usage: node run-with-fault.ts <number of the fault> <how many seeds> <steps> <the seed to begin with>
 */
const [, , number, seeds, stepCount, firstSeed] = process.argv;
const fault = faults[Number(number)];
if (fault === undefined) throw new Error(`there is no fault ${number}`);
const { file, right, wrong } = fault;
const planted: string[] = [];

registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith(`/${file}`)) return nextLoad(url, context);
    const source = readFileSync(fileURLToPath(url), 'utf8');
    if (source.split(right).length !== 2) throw new Error(`${file} has this not exactly once: ${right}`);
    planted.push(url);
    return { format: 'module-typescript', source: source.replace(right, () => wrong), shortCircuit: true };
  },
});

const { play } = await import('./simulate.ts');
const { stepsOf } = await import('./step.ts');
const { exchangeSeeds } = await import('./exchange-step.ts');
if (planted.length === 0) throw new Error(`${file} is not part of what is simulated`);
const seen = new Set<string>();
let seed = 0;
for (let tried = 0; !seen.has(fault.breaks) && tried < Number(seeds); tried += 1) {
  seed = Number(firstSeed) + tried;
  if (seed < exchangeSeeds) seed = ((seed - 1) % Number(seeds)) + 1;
  const failure = await play(stepsOf(seed, Number(stepCount)));
  if (failure === undefined) continue;
  const { error } = failure;
  seen.add(error instanceof BrokenPromise ? error.promise : error.name);
}
process.stdout.write(JSON.stringify({ broken: [...seen], seed }));
