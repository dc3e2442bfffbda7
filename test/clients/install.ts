import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from './client.ts';

/** Installs the packages of a client into a folder of their own, once for each set of versions. Answers the folder. */
export function install({ packages }: Client): string {
  const root = process.env['CLIENTS_FOLDER'] ?? join(tmpdir(), 'weir-clients');
  const [{ name, version }] = packages;
  const folder = join(root, packages.map((each) => `${each.name.replaceAll('/', '-')}@${each.version}`).join('+'));
  if (existsSync(folder)) return folder;
  // What was interrupted is not taken for what is done.
  const begun = `${folder}.begun`;
  rmSync(begun, { recursive: true, force: true });
  mkdirSync(begun, { recursive: true });
  const dependencies = Object.fromEntries(packages.map((each) => [each.name, each.version]));
  writeFileSync(join(begun, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: begun,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`could not install ${name} ${version}`);
  renameSync(begun, folder);
  return folder;
}
