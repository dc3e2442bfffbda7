/** What the Worker logs, as lines of JSON in a file that is kept small: the one before it is kept too. */

import { appendFileSync, renameSync, statSync } from 'node:fs';
import { errorCode } from './problem.ts';

const fileBytesMax = 8 * 1024 * 1024;

export function openLogFile(path: string): (level: string, message: string) => void {
  let bytes = sizeOf(path);
  return (level, message) => {
    const line = `${JSON.stringify({ at: new Date().toISOString(), level, message })}\n`;
    if (bytes + line.length > fileBytesMax) {
      renameSync(path, `${path}.1`);
      bytes = 0;
    }
    appendFileSync(path, line);
    bytes += Buffer.byteLength(line);
  };
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}
