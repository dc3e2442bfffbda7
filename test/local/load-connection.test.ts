import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { HttpConnection, requestBytes } from '../load/http-connection.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** On how many connections three requests come, if their client takes up one that was unused for `idleMsMax` at most. */
async function connectionsOfThree(idleMsMax: number): Promise<number> {
  let connections = 0;
  server = createServer((_, response) => response.end('here'));
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo;
  const url = new URL(`http://127.0.0.1:${port}`);
  const connection = new HttpConnection(url, idleMsMax);
  for (let request = 0; request < 3; request++) {
    const answer = await connection.request(requestBytes('GET', url, '/', {}, ''));
    expect(answer.status).toBe(200);
    await sleep(20);
  }
  connection.leave();
  return connections;
}

test('a connection is used again', async () => {
  expect(await connectionsOfThree(60_000)).toBe(1);
});

test('a connection that was unused for long is not used again, since it may be closed just then', async () => {
  expect(await connectionsOfThree(1)).toBe(3);
});
