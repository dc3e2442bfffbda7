import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';

const run = v.object({
  target: v.picklist(['chat', 'Messages', 'Responses', 'Gemini']),
  /** The name that the client asked for. */
  model: v.string(),
  key: v.picklist(['limited', 'unlimited']),
  works: v.boolean(),
  /** Who answered in place of the provider that was meant, since that one may not have the call. */
  by: v.optional(v.string()),
});

const result = v.object({
  packages: v.record(v.string(), v.string()),
  date: v.pipe(v.string(), v.isoDate()),
  /** What it asked Weir in any of them, and what status the answers had. */
  asked: v.array(v.string()),
  runs: v.array(run),
});

export const results = v.record(v.string(), result);

export type RunOfClient = v.InferOutput<typeof run>;
export type Results = v.InferOutput<typeof results>;

const path = join(import.meta.dirname, 'results.json');

export function readResults(): Results {
  return v.parse(results, JSON.parse(readFileSync(path, 'utf8')));
}

/** As the formatter of this repository would have it: a line for each run. */
export function writeResults(all: Results): void {
  writeFileSync(path, JSON.stringify(all));
  spawnSync('oxfmt', [path], { stdio: 'inherit' });
}
