/**
 * The provider behind everything that is measured: a fixed answer, at the least cost that Node can give it, so that
 * what is measured is what stands before it. Runs in a process of its own and prints its port.
 */

import { type AddressInfo, type Socket, createServer } from 'node:net';

const headEnd = '\r\n\r\n';
const lastChunk = '0\r\n\r\n';
const lengthPattern = /\r\ncontent-length: *(\d+)/i;
const usage = { prompt_tokens: 250, completion_tokens: 16, total_tokens: 266 };

const whole = respond(
  'application/json',
  JSON.stringify({
    ...base('chat.completion'),
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'High enough, and not an inch more. '.repeat(2) },
        finish_reason: 'stop',
      },
    ],
    usage,
  }),
);
const streamed = respond(
  'text/event-stream',
  [
    ...Array.from({ length: 16 }, () => [{ index: 0, delta: { content: 'High ' }, finish_reason: null }]),
    [{ index: 0, delta: {}, finish_reason: 'stop' }],
  ]
    .map((choices) => `data: ${JSON.stringify({ ...base('chat.completion.chunk'), choices })}\n\n`)
    .concat(`data: ${JSON.stringify({ ...base('chat.completion.chunk'), choices: [], usage })}\n\n`, 'data: [DONE]\n\n')
    .join(''),
);

function base(object: string): object {
  return { id: 'chatcmpl-bench', object, created: 1_700_000_000, model: 'bench' };
}

function respond(contentType: string, body: string): Buffer {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: ${contentType}\r\ncontent-length: ${Buffer.byteLength(body)}`;
  return Buffer.from(`${head}${headEnd}${body}`);
}

/** One request at a time on a connection, as proxies send them. */
function serve(socket: Socket): void {
  let request = '';
  socket.on('data', (bytes: Buffer) => {
    request += bytes.toString('latin1');
    if (!isWhole(request)) return;
    socket.write(request.includes('"stream":true') ? streamed : whole);
    request = '';
  });
  // A proxy that goes away is no matter.
  socket.on('error', () => undefined);
}

function isWhole(request: string): boolean {
  const end = request.indexOf(headEnd);
  if (end === -1) return false;
  const length = lengthPattern.exec(request)?.[1];
  return length === undefined ? request.endsWith(lastChunk) : request.length >= end + headEnd.length + Number(length);
}

const server = createServer({ noDelay: true }, serve);
server.listen(0, '127.0.0.1', () => {
  // A server that listens on a port has an address with one.
  console.log((server.address() as AddressInfo).port);
});
process.once('disconnect', () => process.exit());
