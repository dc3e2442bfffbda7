/** One client's connection to the gateway: one request at a time, kept alive between them. Cheaper than Node's own. */

import { type Socket, connect } from 'node:net';
import { ResponseParser } from './response-parser.ts';

export interface Answer {
  readonly status: number;
  /** In lower case; read it with `headerOf`. */
  readonly head: string;
}

/** The connection went away before its answer was whole. Nobody knows the fate of the request. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
  /** The part of the answer's head that had arrived. */
  readonly head: string;

  constructor(head: string) {
    super('the connection was lost before the answer was whole');
    this.head = head;
  }
}

/** Nobody was there to connect to, so nothing was sent. */
export class NotConnected extends Error {
  override readonly name = 'NotConnected';
}

interface Waiting {
  readonly parser: ResponseParser;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** The gateway closes a connection that nobody has used for 5 s, and a request sent in that moment is lost. */
const idleMsMax = 2000;

export class HttpConnection {
  private readonly host: string;
  private readonly port: number;
  private readonly idleMsMax: number;
  private socket: Socket | undefined;
  private waiting: Waiting | undefined;
  private usedMs = 0;

  constructor(url: URL, idleMs = idleMsMax) {
    this.host = url.hostname;
    this.port = Number(url.port);
    this.idleMsMax = idleMs;
  }

  /** Opens the connection again where it was closed, or unused for long. Rejects with NotConnected or ConnectionLost. */
  request(bytes: Buffer | string, onBody?: (bytes: Buffer) => void): Promise<Answer> {
    if (this.waiting !== undefined) throw new Error('a connection takes one request at a time');
    if (performance.now() - this.usedMs > this.idleMsMax) {
      this.socket?.destroy();
      this.socket = undefined;
    }
    this.socket ??= this.open();
    const { socket } = this;
    return new Promise((resolve, reject) => {
      this.waiting = { parser: new ResponseParser(onBody), resolve, reject };
      socket.write(bytes);
    });
  }

  /** Leaves like a killed client. A request in flight rejects with ConnectionLost. */
  leave(): void {
    this.socket?.destroy();
  }

  private open(): Socket {
    const socket = connect({ host: this.host, port: this.port, noDelay: true });
    let isConnected = false;
    socket.once('connect', () => {
      isConnected = true;
    });
    socket.on('data', (bytes: Buffer) => {
      if (this.waiting?.parser.feed(bytes) === true) this.finish(this.waiting);
    });
    // The connection is gone, and `close` follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.socket !== socket) return;
      this.socket = undefined;
      const { waiting } = this;
      if (waiting === undefined) return;
      if (waiting.parser.end()) {
        this.finish(waiting);
        return;
      }
      this.waiting = undefined;
      waiting.reject(
        isConnected ? new ConnectionLost(waiting.parser.head) : new NotConnected(`nobody listens on port ${this.port}`),
      );
    });
    return socket;
  }

  private finish({ parser, resolve }: Waiting): void {
    this.waiting = undefined;
    this.usedMs = performance.now();
    resolve({ status: parser.status, head: parser.head });
  }
}

/** The bytes of a request. */
export function requestBytes(
  method: string,
  url: URL,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Buffer {
  const lines = Object.entries({ host: url.host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = body === '' ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}${length}\r\n${body}`);
}
