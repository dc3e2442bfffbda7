/** `npm run bundle`: how large the bundle of each environment is, and how long the Worker takes to start. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, runWrangler } from './bundle.ts';
import { Problem, runProgram } from './problem.ts';

/** The platform refuses a Worker that needs more than a second. Users notice a cold start long before that. */
const startupMsMax = 100;
/** One that is quick enough shows what the Worker needs. The others include what else the machine was doing. */
const startupSamples = 5;
/** Much less than the platform's limit, because a large bundle takes long to load. */
const gzipKibMax = 1024;

async function main(): Promise<void> {
  for (const environment of ['staging', 'production']) {
    const output = await wrangler(['deploy', '--dry-run', `--env=${environment}`]);
    const [, size, gzip] = matched(output, /Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB/);
    console.log(`${environment}: ${size} KiB, ${gzip} KiB with gzip (at most ${gzipKibMax})`);
    if (Number(gzip) > gzipKibMax) throw new Problem(`The bundle is larger than ${gzipKibMax} KiB with gzip.`);
  }
  let startupMs = Infinity;
  for (let sample = 0; startupMs > startupMsMax && sample < startupSamples; sample++) {
    startupMs = Math.min(startupMs, await measureStartup());
  }
  console.log(`start-up: ${startupMs.toFixed(1)} ms (at most ${startupMsMax})`);
  if (startupMs > startupMsMax) throw new Problem(`The Worker takes longer than ${startupMsMax} ms to start.`);
}

async function measureStartup(): Promise<number> {
  const folder = join(projectRoot, 'dist');
  mkdirSync(folder, { recursive: true });
  const profile = join(folder, 'startup.cpuprofile');
  const output = await wrangler(['check', 'startup', '--args=--env=production', `--outfile=${profile}`]);
  return Number(matched(output, /Active: ([\d.]+) ms/)[1]);
}

async function wrangler(command: readonly string[]): Promise<string> {
  const { code, output } = await runWrangler(command);
  if (code !== 0) throw new Problem(`wrangler ${command.join(' ')} failed:\n${output.trim()}`);
  return output;
}

function matched(output: string, pattern: RegExp): RegExpExecArray {
  const match = pattern.exec(output);
  if (match === null) throw new Problem(`wrangler printed something unexpected:\n${output.trim()}`);
  return match;
}

await runProgram(main);
