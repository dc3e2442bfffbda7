import { type Server, createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands between a client and the gateway, passes everything on, and notes what was asked and with what status. */
export class Recorder {
  readonly #server: Server;
  #asked = new Set<string>();

  constructor(gateway: URL) {
    this.#server = createServer((incoming, outgoing) => {
      const { method = 'GET', url: path = '/', headers } = incoming;
      const onward = ask({ host: gateway.hostname, port: gateway.port, method, path, headers }, (answer) => {
        this.#asked.add(`${method} ${path.split('?', 1)[0]} ${answer.statusCode}`);
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
        outgoing.once('close', () => answer.destroy());
      });
      onward.once('error', () => outgoing.destroy());
      incoming.pipe(onward);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve));
    // A server that listens on a port has an address with one.
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** What was asked since this was last called. */
  take(): readonly string[] {
    const asked = [...this.#asked].toSorted();
    this.#asked = new Set();
    return asked;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => void this.#server.close(resolve));
  }
}
