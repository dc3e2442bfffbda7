/**
 * Notices clients that have left. workerd does not notice a connection that is closed (FIN) while its request has no
 * answer. Linux lists every connection with its state, which shows that the other side has closed.
 */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientLookMs } from '../limits.ts';

const tables = ['/proc/net/tcp', '/proc/net/tcp6'];
/** Looking takes at most this share of a core: with very many connections the program looks less often. */
const lookShareMax = 0.02;

/** Only on Linux can any program read the list of connections. */
export function canSeeClients(): boolean {
  return tables.some((table) => existsSync(table));
}

/** Tells which clients of a port have closed their connections, again at each look until the server closes them too. */
export async function watchClients(
  port: number,
  tell: (clients: readonly string[]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let waitMs = clientLookMs;
  while (await sleep(waitMs, true, { signal, ref: false }).catch(() => false)) {
    const startedMs = performance.now();
    const read = await Promise.all(tables.map((table) => readFile(table, 'latin1').catch(() => '')));
    const clients = read.flatMap((table) => closedClients(table, port));
    waitMs = Math.max(clientLookMs, (performance.now() - startedMs) / lookShareMax);
    // If workerd crashed, it is started again, and nobody waits for an answer of the old one.
    if (clients.length > 0) await tell(clients).catch(() => undefined);
  }
}

/** The clients of a port that have closed their side, from a table as Linux writes it. */
export function closedClients(table: string, port: number): string[] {
  const local = port.toString(16).toUpperCase().padStart(4, '0');
  const closeWait = new RegExp(`^ *\\d+: [\\dA-F]+:${local} ([\\dA-F]+):([\\dA-F]{4}) 08 `, 'gm');
  return [...table.matchAll(closeWait)].map(([, address = '', clientPort = '']) => {
    return `${readAddress(address)}:${Number.parseInt(clientPort, 16)}`;
  });
}

/** Linux writes an address word by word, each in the machine's own byte order. */
function readAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => {
    const inOrder = [...Buffer.from(word, 'hex')];
    return endianness() === 'LE' ? inOrder.toReversed() : inOrder;
  });
  if (bytes.length === 4) return bytes.join('.');
  const groups = Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? [];
  return `[${groups.join(':')}]`;
}
