import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FakeAnswer, type FakeName, type FakeRequest, eventText, fakeBasePaths, fakeNames } from './fake.ts';
import { fakeAnswer } from './fake-answer.ts';
import { FakeMemory } from './memory.ts';
import type { Play } from './play.ts';

/** The fakes on a port of this machine, for tests that run the whole gateway. */

export interface Fakes {
  /** The base URL of each, as a catalog has it. */
  readonly urls: Readonly<Record<FakeName, string>>;
  /** All that came, in order, and what it was answered. */
  readonly requests: readonly FakeExchange[];
  /** What the models do from now on; what they are asked for, if that is undefined. */
  play(play: Play | undefined): void;
  stop(): Promise<void>;
}

export interface FakeExchange extends FakeRequest {
  readonly provider: FakeName;
  readonly answer: FakeAnswer;
}

export async function startFakes(): Promise<Fakes> {
  const requests: FakeExchange[] = [];
  let played: Play | undefined;
  const memories = new Map(fakeNames.map((name) => [name, new FakeMemory()] as const));
  // A connection that is closed for being idle may be closed just as it is used again.
  const server = createServer({ keepAliveTimeout: 0 }, (incoming, outgoing) => {
    void serve(incoming, outgoing);
  });
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const [, first = '', ...rest] = (incoming.url ?? '/').split('/');
    const provider = fakeNames.find((name) => name === first);
    const request = {
      method: incoming.method ?? 'GET',
      path: `/${rest.join('/')}`,
      headers: headersOf(incoming),
      body: await bodyOf(incoming),
    };
    if (provider === undefined) {
      outgoing.writeHead(404).end();
      return;
    }
    const memory = memories.get(provider) ?? new FakeMemory();
    const answer = fakeAnswer(provider, request, { memory, ...(played === undefined ? {} : { play: played }) });
    requests.push({ ...request, provider, answer });
    write(answer, outgoing);
  };
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo;
  const urls = fakeNames.map((name) => [name, `http://127.0.0.1:${port}/${name}${fakeBasePaths[name]}`]);
  return {
    // Each of the names was given.
    urls: Object.fromEntries(urls) as Record<FakeName, string>,
    requests,
    play: (play) => {
      played = play;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

function headersOf(incoming: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? ''].flat().join(',')]),
  );
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  let body = '';
  incoming.setEncoding('utf8');
  for await (const chunk of incoming) body += String(chunk);
  return body;
}

function write({ status, headers, body }: FakeAnswer, outgoing: ServerResponse): void {
  outgoing.writeHead(status, headers);
  if (body.kind === 'json') {
    outgoing.end(JSON.stringify(body.value));
    return;
  }
  for (const event of body.events) outgoing.write(eventText(event));
  outgoing.end();
}
