import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FakeAnswer, type FakeName, type FakeRequest, eventText, fakeBasePaths, fakeNames } from './fake.ts';
import type { Fakes } from './fakes.ts';

/** The fakes on a port of this machine. */
export interface FakeServer {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Serves each request that comes whole. */
export async function startServer(
  serve: (request: FakeRequest, outgoing: ServerResponse) => void | Promise<void>,
): Promise<FakeServer> {
  // The server never closes an idle connection: the gateway may just be using it again.
  const server = createServer({ noDelay: true, keepAliveTimeout: 0 }, (incoming, outgoing) => {
    void answer(incoming, outgoing);
  });
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request = await readRequest(incoming);
    if (request !== undefined) await serve(request, outgoing);
  };
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

/** Each fake is at a path of its own name. `urls` has its base URL, as for a catalog. */
export async function serveFakes(
  fakes: Fakes,
): Promise<FakeServer & { readonly urls: Readonly<Record<FakeName, string>> }> {
  const server = await startServer((request, outgoing) => {
    const [, first = '', ...rest] = request.path.split('/');
    const provider = fakeNames.find((name) => name === first);
    if (provider === undefined) outgoing.writeHead(404).end();
    else writeAnswer(fakes.answer(provider, { ...request, path: `/${rest.join('/')}` }), outgoing);
  });
  const urls = fakeNames.map((name) => [name, `${server.origin}/${name}${fakeBasePaths[name]}`]);
  // Each of the names was given.
  return { ...server, urls: Object.fromEntries(urls) as Record<FakeName, string> };
}

export function writeAnswer({ status, headers, body }: FakeAnswer, outgoing: ServerResponse): void {
  if (body.kind === 'json') {
    const bytes = new TextEncoder().encode(JSON.stringify(body.value));
    outgoing.writeHead(status, { ...headers, 'content-length': bytes.length }).end(bytes);
    return;
  }
  outgoing.writeHead(status, headers);
  for (const event of body.events) outgoing.write(eventText(event));
  outgoing.end();
}

/** Undefined if the client leaves before its request is whole. */
async function readRequest(incoming: IncomingMessage): Promise<FakeRequest | undefined> {
  let body = '';
  incoming.setEncoding('utf8');
  try {
    for await (const chunk of incoming) body += String(chunk);
  } catch {
    return undefined;
  }
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? ''].flat().join(',')]);
  return {
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    // Each header has a text for its value.
    headers: Object.fromEntries(headers) as Record<string, string>,
    body,
  };
}
