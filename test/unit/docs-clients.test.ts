/// <reference types="vite/types/importMeta.d.ts" />
import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import packageFile from '../../package.json' with { type: 'json' };
import { allClients } from '../clients/all-clients.ts';
import { readResults } from '../clients/results.ts';
import { sdkClients } from '../clients/sdk-clients.ts';
import { clientTable, withTable } from '../clients/table.ts';

// What the documentation says of clients is what was seen of them.
const results = readResults();
const page = readFileSync('docs/clients.md', 'utf8');

test('the table of clients is that of the last run', () => {
  const table = clientTable({ clients: allClients, results, sdkClients, versions: packageFile.devDependencies });
  expect(page).toBe(withTable(page, table));
});

test('every client has been run in the version that is pinned, and works', () => {
  expect(Object.keys(results).toSorted()).toEqual(Object.keys(allClients).toSorted());
  for (const [name, { packages }] of Object.entries(allClients)) {
    const { packages: run, runs = [] } = results[name] ?? {};
    expect(runs.filter(({ works }) => !works)).toEqual([]);
    expect(run).toEqual(Object.fromEntries(packages.map((each) => [each.name, each.version])));
  }
});

test('every client is in a file of its own, and every file in the table', () => {
  const files = readdirSync('test/clients/clients').filter((name) => name.endsWith('.ts'));
  expect(files.toSorted()).toEqual(
    Object.keys(allClients)
      .map((name) => `${name}.ts`)
      .toSorted(),
  );
  const tests = new Set(readdirSync('test/sdk'));
  expect(sdkClients.flatMap((each) => each.tests).filter((name) => !tests.has(`${name}.test.ts`))).toEqual([]);
});
