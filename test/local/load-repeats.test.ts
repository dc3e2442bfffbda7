import { type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type CrowdReport, emptyReport } from '../load/crowd-report.ts';
import { HttpConnection, requestBytes } from '../load/http-connection.ts';
import type { Exchanged } from '../load/one-exchange.ts';
import { repeatedExchange } from '../load/repeated-exchange.ts';

type Reply = (response: ServerResponse) => unknown;

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** What comes of one call made twice at once, of a gateway that answers like this, request after request. */
async function callTwice(
  replies: readonly Reply[],
  leaveAfterMs?: number,
): Promise<{ readonly report: CrowdReport; readonly exchanged: Exchanged; readonly requests: number }> {
  let requests = 0;
  server = createServer((_, response) => {
    replies[Math.min(requests++, replies.length - 1)]?.(response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo;
  const url = new URL(`http://127.0.0.1:${port}`);
  const connections = [new HttpConnection(url), new HttpConnection(url)];
  const bytes = requestBytes('POST', url, '/v1/embeddings', {}, '{}');
  const report = emptyReport();
  const way = { to: 'embeddings', via: 'embeddings' } as const;
  const exchanged = await repeatedExchange(connections, { way, stream: false, bytes, leaveAfterMs }, report);
  for (const connection of connections) connection.leave();
  return { report, exchanged, requests };
}

const body = '{"object":"list"}';
const answered: Reply = (response) => response.writeHead(200, { 'x-request-id': 'req_1' }).end(body);
const replayed = (text = body, costUsd = '0.00'): Reply => {
  const headers = { 'idempotent-replayed': 'true', 'x-gateway-cost-usd': costUsd };
  return (response) => response.writeHead(200, headers).end(text);
};
const inProgress: Reply = (response) => response.writeHead(409).end('{"code":"idempotency_in_progress"}');
const refused: Reply = (response) => response.writeHead(429).end('{"code":"insufficient_quota"}');
const lost: Reply = (response) => response.destroy();
const failed: Reply = (response) => response.writeHead(502).end('{"code":"provider_error"}');
/** Until nobody waits any more, or the connection is lost: whichever of two requests at once came first. */
const silent: Reply = (response) => setTimeout(() => response.destroy(), 300);

test('one answer and its replays are as they should be', async () => {
  const { report, exchanged, requests } = await callTwice([answered, inProgress, replayed()]);
  expect(exchanged).toMatchObject({ kind: 'answered', body });
  expect(report).toMatchObject({ replayed: 1, falseReplays: [], left: 0 });
  expect(requests).toBe(3);
});

test('an answer that was lost is asked for until it is there', async () => {
  const { report, exchanged } = await callTwice([silent, inProgress, inProgress, replayed()], 20);
  expect(exchanged).toMatchObject({ kind: 'answered', body });
  expect(report).toMatchObject({ left: 1, recovered: 1, replayed: 2, falseReplays: [] });
});

test('a refusal does not settle what became of a call that was lost', async () => {
  const { report } = await callTwice([silent, refused, replayed()], 20);
  expect(report).toMatchObject({ left: 1, recovered: 1 });
});

test('a refusal ends a call of which nothing was lost', async () => {
  const { report, requests } = await callTwice([refused]);
  expect(requests).toBe(2);
  expect(report.left).toBe(0);
});

test('a call that fails is repeated a few times, and then given up', async () => {
  const { exchanged, requests } = await callTwice([failed]);
  expect(exchanged).toMatchObject({ kind: 'answered', seen: { kind: 'failed' } });
  expect(requests).toBe(2 + 4);
});

test('a repeat whose connection is lost is asked for again', async () => {
  const { report, requests } = await callTwice([answered, inProgress, lost, lost, replayed()]);
  expect(report).toMatchObject({ replayed: 1, falseReplays: [] });
  expect(requests).toBe(5);
});

test.each([
  ['is made twice', [answered, answered, replayed()], 'a call with one key was answered twice, anew'],
  ['differs', [answered, inProgress, replayed('{"object":"list" }')], 'a replay differs from the answer'],
  ['costs something', [answered, inProgress, replayed(body, '0.01')], 'a replay says that it costs something'],
  ['is not there', [answered, inProgress, failed], 'a repeat of what was answered got failed'],
  ['is lost each time', [answered, inProgress, lost], 'a repeat of what was answered got lost'],
])('a repeat that %s is noted', async (_, replies, fault) => {
  const { report } = await callTwice(replies);
  expect(report.falseReplays).toEqual([expect.stringContaining(fault)]);
});
