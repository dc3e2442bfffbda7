/**
 * Notices that clients have left, beside workerd, which doesn't notice it of a connection that is closed (FIN) while
 * its request has no answer. Linux lists each connection with its state, and that one says: the other side has closed.
 */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientLookMs } from '../limits.ts';

const tables = ['/proc/net/tcp', '/proc/net/tcp6'];
/** A machine with very many connections is looked at less often, so that looking takes no more than this of a core. */
const lookShareMax = 0.02;

/** Only Linux lists connections where any program can read it. */
export function canSeeClients(): boolean {
  return tables.some((table) => existsSync(table));
}

/** Tells of the clients of a port that have closed their connections, again at each look while they are not let go. */
export async function watchClients(
  port: number,
  tell: (clients: readonly string[]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let waitMs = clientLookMs;
  while (await paused(waitMs, signal)) {
    const startedMs = performance.now();
    const read = await Promise.all(tables.map((table) => readFile(table, 'latin1').catch(() => '')));
    const clients = read.flatMap((table) => closedClients(table, port));
    waitMs = Math.max(clientLookMs, (performance.now() - startedMs) / lookShareMax);
    // A workerd that crashed is started again, and nobody waits for an answer of the one before.
    if (clients.length > 0) await tell(clients).catch(() => undefined);
  }
}

async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal, ref: false });
    return true;
  } catch {
    return false;
  }
}

/** The clients of a port that have closed their side, in a table as Linux writes it. */
export function closedClients(table: string, port: number): string[] {
  const local = port.toString(16).toUpperCase().padStart(4, '0');
  const closeWait = new RegExp(`^ *\\d+: [\\dA-F]+:${local} ([\\dA-F]+):([\\dA-F]{4}) 08 `, 'gm');
  return [...table.matchAll(closeWait)].map(([, address = '', clientPort = '']) => {
    return `${readAddress(address)}:${Number.parseInt(clientPort, 16)}`;
  });
}

/** An address is written word by word, each in the machine's own order of bytes. */
function readAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => {
    const ofWord = [...Buffer.from(word, 'hex')];
    return endianness() === 'LE' ? ofWord.toReversed() : ofWord;
  });
  if (bytes.length === 4) return bytes.join('.');
  const groups = Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? [];
  return `[${groups.join(':')}]`;
}
