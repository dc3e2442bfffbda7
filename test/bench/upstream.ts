/**
 * The provider behind everything that is measured: fixed answers, at the least cost that Node can give them, so that
 * what is measured is what stands before it. Runs in a process of its own and prints its port.
 */

import { type AddressInfo, type Socket, createServer } from 'node:net';
import { type Answer, type Answers, answersOf } from './upstream-answers.ts';

const headEnd = '\r\n\r\n';
const lastChunk = '0\r\n\r\n';
const lengthPattern = /\r\ncontent-length: *(\d+)/i;
/** A stream whose events come alone has them this far apart: faster, and they would be read together after all. */
const singleMs = 1;

const chat = answersOf('chat');
const messages = answersOf('messages');

/** One request at a time on a connection, as proxies send them. */
function serve(socket: Socket): void {
  let request = '';
  socket.on('data', (bytes: Buffer) => {
    request += bytes.toString('latin1');
    if (!isWhole(request)) return;
    answer(socket, request);
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

/** What is answered is said by the path and by the name of the model. */
function answer(socket: Socket, request: string): void {
  const answers: Answers = request.startsWith('POST /v1/messages') ? messages : chat;
  if (!request.includes('"stream":true')) writeFast(socket, answers.whole);
  else if (request.includes('bench-long"')) writeFast(socket, answers.long);
  else if (request.includes('bench-single"')) writeSingly(socket, answers.single);
  else writeFast(socket, answers.short);
}

/** A write, and the next one when the others have had theirs. */
function writeFast(socket: Socket, parts: Answer, next = 0): void {
  const part = parts[next];
  if (part === undefined || socket.destroyed) return;
  const isTaken = socket.write(part);
  if (next + 1 === parts.length) return;
  const goOn = (): void => writeFast(socket, parts, next + 1);
  if (isTaken) setImmediate(goOn);
  else socket.once('drain', goOn);
}

interface Single {
  readonly socket: Socket;
  readonly parts: Answer;
  next: number;
}

const singles = new Set<Single>();
let timer: NodeJS.Timeout | undefined;

/** One timer for all: one for each would cost more than the writes. */
function writeSingly(socket: Socket, parts: Answer): void {
  singles.add({ socket, parts, next: 0 });
  timer ??= setInterval(writeSingles, singleMs);
}

function writeSingles(): void {
  for (const single of singles) {
    const part = single.parts[single.next];
    if (part === undefined || single.socket.destroyed) {
      singles.delete(single);
      continue;
    }
    single.socket.write(part);
    single.next += 1;
  }
  if (singles.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}

const server = createServer({ noDelay: true }, serve);
server.listen(0, '127.0.0.1', () => {
  // A server that listens on a port has an address with one.
  console.log((server.address() as AddressInfo).port);
});
process.once('disconnect', () => process.exit());
