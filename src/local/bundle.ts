/** The Worker's bundle, made by the command that deploys it. */

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { Problem } from './problem.ts';

export const projectRoot = join(import.meta.dirname, '..', '..');

type ModuleType = 'ESModule' | 'CompiledWasm' | 'Text' | 'Data';

interface BundleModule {
  readonly type: ModuleType;
  readonly path: string;
  readonly contents: string | Uint8Array<ArrayBuffer>;
}

/** The main module first. */
export type Bundle = readonly BundleModule[];

const moduleTypes: Record<string, ModuleType> = {
  js: 'ESModule',
  mjs: 'ESModule',
  wasm: 'CompiledWasm',
  txt: 'Text',
  html: 'Text',
  sql: 'Text',
  bin: 'Data',
};

/** `environment` is an environment of `wrangler.toml`, or the empty string for its top level. */
export async function buildBundle(outputFolder: string, environment: string): Promise<Bundle> {
  // It needs no account, and would leave a file in the user's home.
  const home = { HOME: outputFolder, XDG_CONFIG_HOME: outputFolder };
  const command = ['deploy', '--dry-run', `--env=${environment}`, `--outdir=${outputFolder}`];
  const { code, output } = await runWrangler(command, { environment: home });
  if (code !== 0) throw new Problem(`Could not build the Worker:\n${output.trim()}`);
  return readBundle(outputFolder);
}

/** The modules that `buildBundle` wrote to a folder. */
export function readBundle(folder: string): Bundle {
  const modules = readdirSync(folder).flatMap((name) => {
    const type = moduleTypes[name.slice(name.lastIndexOf('.') + 1)];
    if (type === undefined) return [];
    const path = join(folder, name);
    const isText = type === 'ESModule' || type === 'Text';
    return [{ type, path, contents: isText ? readFileSync(path, 'utf8') : new Uint8Array(readFileSync(path)) }];
  });
  const isMain = ({ path }: BundleModule): number => Number(path.endsWith('worker.js'));
  return modules.toSorted((a, b) => isMain(b) - isMain(a));
}

/**
 * Runs the project's own wrangler with the Node that runs this program, whatever is on the machine's PATH. `echo` shows
 * its output as it comes.
 */
export function runWrangler(
  command: readonly string[],
  settings: { readonly echo?: boolean; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  const packagePath = createRequire(import.meta.url).resolve('wrangler/package.json');
  const child = spawn(process.execPath, [join(dirname(packagePath), 'bin', 'wrangler.js'), ...command], {
    cwd: projectRoot,
    env: {
      ...process.env,
      // Coverage counts our code, not wrangler's.
      NODE_V8_COVERAGE: undefined,
      FORCE_COLOR: '0',
      WRANGLER_HIDE_BANNER: 'true',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_WRITE_LOGS: 'false',
      ...settings.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      output += text;
      if (settings.echo === true) process.stdout.write(text);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output: stripVTControlCharacters(output) }));
  });
}
