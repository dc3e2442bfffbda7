/**
 * `npm run load` tries to overrun every kind of limit of a gateway of its own, in front of a fake provider that keeps
 * its own account. It fails if one nano-dollar, token or request is over, or if the books don't balance.
 */

import { parseArgs } from 'node:util';
import type { Result } from './run-scenario.ts';
import { runScenario } from './run-scenario.ts';
import { emptyReport } from './crowd-report.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { openStage } from './stage.ts';
import { Table } from './table.ts';
import { Problem, runProgram } from '../../src/local/problem.ts';

const help = `npm run load tries to overrun every kind of limit. Options, after "--":

--short          a smaller run, of a minute and a half
--minutes N      goes round and round for so long
--scenario NAME  only this one; may be given more than once`;

interface Options {
  readonly short: boolean;
  readonly minutes: number;
  readonly chosen: readonly Scenario[];
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) {
    console.log(help);
    return;
  }
  // Whatever ends this program also ends its processes, on `exit`.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
  const endMs = performance.now() + options.minutes * 60_000;
  const table = new Table();
  let faults = 0;
  let round = 1;
  do {
    const results = await runRound(options.chosen, round++, table);
    faults += results.reduce((sum, result) => sum + result.faults.length, 0);
  } while (performance.now() < endMs);
  table.close();
  if (faults > 0) throw new Problem(`${faults} faults.`);
  console.log('No limit was overrun, and the books balance.');
}

/** Windows always take long, and killed gateways are separate, so these run beside the others. */
async function runRound(chosen: readonly Scenario[], round: number, table: Table): Promise<readonly Result[]> {
  const killed = chosen.filter((scenario) => scenario.killAfterCalls !== undefined);
  const others = chosen.filter((scenario) => !killed.includes(scenario));
  const lanes = Map.groupBy(others, ({ lane }) => lane);
  const results = await Promise.all([
    onStage([...lanes.values()], round, table),
    // A stage for each: a killed gateway would take the others with it.
    ...killed.map((scenario) => onStage([[scenario]], round, table)),
  ]);
  return results.flat();
}

/** Lanes run side by side, the scenarios of one after another. */
async function onStage(lanes: readonly (readonly Scenario[])[], round: number, table: Table): Promise<Result[]> {
  const all = lanes.flat();
  if (all.length === 0) return [];
  const stage = await openStage(Object.fromEntries(all.map(({ name, behaviour }) => [name, behaviour])));
  try {
    const results = await Promise.all(
      lanes.map(async (lane) => {
        const done: Result[] = [];
        for (const scenario of lane) {
          const report = emptyReport();
          table.begin(scenario.name, report);
          const result = await runScenario(scenario, stage, round, report);
          table.end(result);
          done.push(result);
        }
        return done;
      }),
    );
    return results.flat();
  } finally {
    await stage.close();
  }
}

/** Undefined if only help is wanted. */
function readOptions(): Options | undefined {
  const values = parse();
  if (values.help === true) return undefined;
  const minutes = Number(values.minutes ?? '0');
  if (!(minutes >= 0)) throw new Problem(`--minutes must be a number, not "${values.minutes}".`);
  const short = values.short === true;
  const all = scenarios({ short });
  const names = values.scenario ?? all.map(({ name }) => name);
  const chosen = names.map((name) => {
    const scenario = all.find((each) => each.name === name);
    if (scenario === undefined) {
      throw new Problem(`There is no scenario "${name}". There are ${all.map((each) => each.name).join(', ')}.`);
    }
    return scenario;
  });
  return { short, minutes, chosen };
}

function parse() {
  try {
    return parseArgs({
      options: {
        short: { type: 'boolean' },
        minutes: { type: 'string' },
        scenario: { type: 'string', multiple: true },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new Problem(`${error instanceof Error ? error.message : String(error)} Try: npm run load -- --help`);
  }
}

await runProgram(main);
