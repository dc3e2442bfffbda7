/** Wrangler's build of the Worker. It takes seconds, so it is kept until something that it is made of changes. */

import { createHash, randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bundle, buildBundle, projectRoot, readBundle } from './bundle.ts';
import type { WorkerOptions } from './worker-options.ts';

export interface Build {
  /** Where its modules are. */
  readonly folder: string;
  readonly bundle: Bundle;
  readonly options: WorkerOptions;
}

const keptFolder = join(projectRoot, 'node_modules', '.cache', 'weir');
/** A few, for people who switch between branches. */
const keptMax = 4;
const optionsName = 'options.json';

/** The kept build of these sources, or a new one, which it makes in the caller's empty folder. */
export async function readBuild(emptyFolder: string): Promise<Build> {
  const place = join(keptFolder, sourcesKey(projectRoot));
  const kept = readKept(place);
  if (kept !== undefined) return kept;
  // Wrangler takes long to load, and a kept build doesn't need it.
  const [bundle, { readWorkerOptions }] = await Promise.all([
    buildBundle(emptyFolder, ''),
    import('./worker-options.ts'),
  ]);
  const options = readWorkerOptions();
  keep(emptyFolder, options, place);
  return { folder: emptyFolder, bundle, options };
}

const settings = ['wrangler.toml', 'package-lock.json', 'package.json', 'tsconfig.base.json', 'tsconfig.json'];

/** A hash of everything that a build is made of. */
export function sourcesKey(root: string): string {
  const hash = createHash('sha256');
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const path of [...sources.toSorted(), ...settings.map((name) => join(root, name))]) {
    const contents = readFileSync(path);
    hash.update(`${path} ${contents.length}\n`).update(contents);
  }
  return hash.digest('hex');
}

function readKept(place: string): Build | undefined {
  try {
    // `keep` wrote it.
    const options = JSON.parse(readFileSync(join(place, optionsName), 'utf8')) as WorkerOptions;
    return { folder: place, bundle: readBundle(place), options };
  } catch {
    return undefined;
  }
}

/** If it can't be kept, the next start makes it again. */
function keep(folder: string, options: WorkerOptions, place: string): void {
  const unfinished = `${place}-${randomUUID()}`;
  try {
    mkdirSync(keptFolder, { recursive: true });
    cpSync(folder, unfinished, { recursive: true });
    writeFileSync(join(unfinished, optionsName), JSON.stringify(options));
    renameSync(unfinished, place);
    forgetOld();
  } catch {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function forgetOld(): void {
  const places = readdirSync(keptFolder).map((name) => join(keptFolder, name));
  const newestFirst = places
    .map((place) => ({ place, madeMs: statSync(place).mtimeMs }))
    .toSorted((one, other) => other.madeMs - one.madeMs);
  for (const { place } of newestFirst.slice(keptMax)) rmSync(place, { recursive: true, force: true });
}
