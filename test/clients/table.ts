import type { Client, TargetName } from './client.ts';
import type { Results, RunOfClient } from './results.ts';
import type { SdkClient } from './sdk-clients.ts';

/** The table of clients in the documentation: what was run, and what each client needs. */

const header = ['client', 'version', 'base URL', 'key', 'what else it needs', 'run'];
const begin = '<!-- clients: written by `npm run clients` -->';
const end = '<!-- clients: end -->';

interface Rows {
  readonly clients: Readonly<Record<string, Client>>;
  readonly results: Results;
  readonly sdkClients: readonly SdkClient[];
  readonly versions: Readonly<Record<string, string>>;
}

export function clientTable({ clients, results, sdkClients, versions }: Rows): string {
  const programs = Object.entries(clients).map(([name, client]) => {
    const { packages, runs = [] } = results[name] ?? {};
    const version = packages?.[client.packages[0].name] ?? '–';
    const file = `[${name}](../test/clients/clients/${name}.ts)`;
    return [client.title, version, client.baseUrl, client.key, needsOf(client), `${file}: ${sayRuns(runs)}`];
  });
  const libraries = sdkClients.map((client) => {
    const tests = client.tests.map((test) => `[${test}](../test/sdk/${test}.test.ts)`).join(', ');
    return [client.title, versions[client.package] ?? '–', client.baseUrl, client.key, needsOf(client), tests];
  });
  const rows = [header, header.map(() => '---'), ...programs, ...libraries];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function needsOf({ needs }: { readonly needs: readonly string[] }): string {
  return needs.length === 0 ? 'nothing' : needs.join('; ');
}

/** The targets with which all runs work, and those with which some don't. */
function sayRuns(runs: readonly RunOfClient[]): string {
  const targets = [...new Set(runs.map(({ target }) => target))];
  const failing = targets.filter((target) => !allWork(runs, target));
  const working = targets.filter((target) => allWork(runs, target));
  return [
    ...(working.length === 0 ? [] : [`works with ${working.join(', ')}`]),
    ...runs.flatMap(({ by, model, key }) => (by === undefined ? [] : [`${model}, ${key} key: by way of ${by}`])),
    ...(failing.length === 0 ? [] : [`**fails** with ${failing.map((target) => sayFailing(runs, target)).join(', ')}`]),
  ].join('; ');
}

function sayFailing(runs: readonly RunOfClient[], target: TargetName): string {
  const own = runs.filter((run) => run.target === target);
  const failing = own.filter(({ works }) => !works).map(({ model, key }) => `${model}, ${key} key`);
  return failing.length === own.length ? target : `${target} (${failing.join('; ')})`;
}

function allWork(runs: readonly RunOfClient[], target: TargetName): boolean {
  return runs.every((run) => run.target !== target || run.works);
}

/** A page with the table in its place. */
export function withTable(page: string, table: string): string {
  const [before, after] = [page.indexOf(begin), page.indexOf(end)];
  if (before < 0 || after < before) throw new Error('the page has no place for the table');
  return `${page.slice(0, before + begin.length)}\n\n${table}\n\n${page.slice(after)}`;
}
