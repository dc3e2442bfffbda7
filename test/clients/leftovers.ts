import { readFileSync, readdirSync } from 'node:fs';

/**
 * Ends what a client has left running for its next start, as Cline does. It is known by the home that it was given, which
 * no other process has. Where processes can't be looked at, nothing is ended.
 */
export function endLeftovers(home: string): void {
  for (const pid of processes()) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (environment.includes(`HOME=${home}`)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended, or is another user's.
    }
  }
}

function processes(): readonly string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
