import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Runs a program of this folder in a Node of its own. Answers what it printed; what it says when it fails is the error.
 */
export function runProgram(file: string, ...words: readonly (string | number)[]): Promise<unknown> {
  const path = fileURLToPath(new URL(file, import.meta.url).href);
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [path, ...words.map(String)], (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout));
      else reject(new Error(stderr, { cause: error }));
    });
  });
}
