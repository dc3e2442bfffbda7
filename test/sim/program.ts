import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Some hundred programs load the same source: what Node has compiled of it is kept, and half of each start is saved. */
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url).href);

/**
 * Runs a program of this folder in a Node of its own. Answers what it printed; what it says when it fails is the error.
 */
export function runProgram(file: string, ...words: readonly (string | number)[]): Promise<unknown> {
  const path = fileURLToPath(new URL(file, import.meta.url).href);
  const env = { ...process.env, NODE_COMPILE_CACHE: compileCache };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [path, ...words.map(String)], { env }, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout));
      else reject(new Error(stderr, { cause: error }));
    });
  });
}
