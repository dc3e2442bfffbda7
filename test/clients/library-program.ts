import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client, Setting, Started } from './client.ts';

/** A program of `programs/`, beside the packages that it imports. */
export function startProgram(
  name: string,
  { installed }: Setting,
  args: readonly string[],
  env: Started['env'],
): Started {
  const path = join(installed, name);
  const text = readFileSync(join(import.meta.dirname, 'programs', name), 'utf8');
  return { command: 'node', args: [path, ...args], env, files: { [path]: text } };
}

/** Of the tools that the programs have. */
export const stepsOfPrograms: Client['steps'] = (file, text) => [
  [{ tool: 'write_file', args: { path: file, content: text } }],
  [{ tool: 'read_file', args: { path: file, line: 1 } }],
];
