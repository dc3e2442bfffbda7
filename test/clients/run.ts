/**
 * `npm run clients`: the real clients, as their makers publish them, through the gateway to fakes of the providers. It
 * needs the package registry the first time. With names, only those are run; what is known of the others stays.
 * `--table` runs none, and writes what is known of all into the documentation.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import packageFile from '../../package.json' with { type: 'json' };
import { openProviderStage } from '../sdk/open-provider-stage.ts';
import { allClients } from './all-clients.ts';
import type { Client, TargetName } from './client.ts';
import { install } from './install.ts';
import { Recorder } from './recorder.ts';
import { type Results, type RunOfClient, readResults, writeResults } from './results.ts';
import { keyKinds, runClient } from './run-client.ts';
import { sdkClients } from './sdk-clients.ts';
import { clientTable, withTable } from './table.ts';
import { aliases, targetNames, targets } from './targets.ts';

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    verbose: { type: 'boolean', default: false },
    target: { type: 'string' },
    table: { type: 'boolean', default: false },
  },
});

function modelsFor({ knownNames, models }: Client, target: TargetName): readonly string[] {
  const known = knownNames?.[target];
  return [targets[target].model, ...(models?.[target] ?? []), ...(known === undefined ? [] : [known])];
}

async function main(): Promise<void> {
  const unknown = names.find((name) => allClients[name] === undefined);
  if (unknown !== undefined)
    throw new Error(`there is no client ${unknown}; try: ${Object.keys(allClients).join(' ')}`);
  const stage = await openProviderStage(aliases());
  const recorder = new Recorder(stage.url);
  const url = await recorder.listen();
  const all: Results = { ...readResults() };
  try {
    for (const [name, client] of Object.entries(allClients)) {
      if (names.length > 0 && !names.includes(name)) continue;
      const installed = install(client);
      const runs: RunOfClient[] = [];
      for (const target of targetNames.filter((each) => options.target === undefined || each === options.target)) {
        for (const model of modelsFor(client, target)) {
          for (const key of keyKinds) {
            const { provider } = targets[target];
            const asked = { client, installed, model, provider, keyKind: key, url };
            const { faults, by, output } = await runClient(stage, asked);
            const works = faults.length === 0;
            runs.push({ target, model, key, works, ...(by === undefined ? {} : { by }) });
            const ofWhom = by === undefined ? '' : `, by ${by}`;
            report(`${works ? 'works' : 'FAILS'}  ${client.title}, ${model} (${target}), ${key} key${ofWhom}`, faults);
            if (options.verbose || !works) report(output, []);
            if (!works) process.exitCode = 1;
          }
        }
      }
      const packages = Object.fromEntries(client.packages.map((each) => [each.name, each.version]));
      all[name] = { packages, date: new Date().toISOString().slice(0, 10), asked: [...recorder.take()], runs };
    }
  } finally {
    await recorder.close();
    await stage.close();
  }
  if (options.target === undefined) {
    writeResults(all);
    writeTable(all);
  }
}

const page = join(import.meta.dirname, '../../docs/clients.md');

function writeTable(results: Results): void {
  const table = clientTable({ clients: allClients, results, sdkClients, versions: packageFile.devDependencies });
  writeFileSync(page, withTable(readFileSync(page, 'utf8'), table));
}

function report(line: string, faults: readonly string[]): void {
  process.stdout.write([line, ...faults.map((fault) => `       ${fault}`), ''].join('\n'));
}

if (options.table) writeTable(readResults());
else await main();
