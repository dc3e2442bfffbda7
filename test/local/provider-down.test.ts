import { type Server, type Socket, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { type Welcome, admin, chat, spawnWeir, temporaryFolder } from './spawned-weir.ts';

/** What is charged when servers go down, with the runtime's own network: 1,000 tokens at $2 a million. */

const outputUsd = 0.002;

/** A server that calls `onRequest` for each request, once it has all of it. */
async function listen(onRequest: (socket: Socket, server: Server) => void, port = 0): Promise<number> {
  const server = createServer((socket) => {
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      text += bytes.toString();
      const [head = '', body] = text.split('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
      if (body === undefined || Buffer.byteLength(body) < length) return;
      text = '';
      onRequest(socket, server);
    });
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on a port');
  return address.port;
}

/** The server gets the whole request, and goes down a moment later. */
function goDown(socket: Socket, server: Server): void {
  server.close();
  socket.resetAndDestroy();
}

const answer = JSON.stringify({
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 5, completion_tokens: 1 },
});

const model = (provider: string): object => ({
  targets: [{ provider, model: provider }],
  price: { input: '0', output: '2' },
  contextTokens: 100_000,
  maxOutputTokens: 10_000,
  defaultOutputTokens: 100,
});

const provider = (port: number): object => ({
  kind: 'openai',
  baseUrl: `http://127.0.0.1:${port}/v1`,
  breaker: { failuresInARow: 1000 },
});

/** Makes a call with a new limited key, and returns its status and what was charged for it. */
async function call(weir: Welcome, adminKey: string, name: string): Promise<{ status: number; usd: number }> {
  const user = await admin(weir, adminKey, 'POST', '/admin/users', { email: `${crypto.randomUUID()}@example.com` });
  const made = await admin(weir, adminKey, 'POST', `/admin/users/${textOf(user, 'id')}/api-keys`, {
    name: 'limited',
    limits: [{ metric: 'usd', per: 'total', max: '1' }],
  });
  const limited = { ...weir, apiKey: textOf(made, 'key') };
  const response = await chat(limited, name, 'Hello', { max_tokens: 1000 });
  await response.text();
  const usage = await fetch(`${weir.url}/v1/usage`, { headers: { authorization: `Bearer ${limited.apiKey}` } });
  const usd = /"total_usd":"([^"]+)"/.exec(await usage.text())?.[1];
  return { status: response.status, usd: Number(usd) };
}

function textOf(value: unknown, name: string): string {
  return String(Reflect.get(Object(value), name));
}

it('charges the hold, once, where a provider goes down that had the whole request, and nothing where none can have', async () => {
  const weir = await spawnWeir(temporaryFolder()).welcome;
  const adminKey = weir.adminKey ?? '';
  const first = await listen(goDown);
  const second = await listen((socket, server) => {
    socket.end(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`,
    );
    server.close();
  });
  await admin(weir, adminKey, 'PATCH', '/admin/catalog', {
    providers: { first: provider(first), second: provider(second) },
    models: { first: model('first'), second: model('second') },
  });

  const taken = await call(weir, adminKey, 'first');
  expect(taken.status).toBe(502);
  expect(taken.usd).toBeGreaterThanOrEqual(outputUsd);
  expect(taken.usd).toBeLessThan(2 * outputUsd);
  // Nobody listens there any more, and nobody has lately.
  expect(await call(weir, adminKey, 'first')).toEqual({ status: 502, usd: 0 });

  // Weir does not watch whether a request reaches a server that has just answered: that one, and no other, is charged.
  expect(await call(weir, adminKey, 'second')).toEqual({ status: 200, usd: 0.000002 });
  const blind = await call(weir, adminKey, 'second');
  expect(blind.status).toBe(502);
  expect(blind.usd).toBeGreaterThanOrEqual(outputUsd);
  expect(blind.usd).toBeLessThan(2 * outputUsd);
  expect(await call(weir, adminKey, 'second')).toEqual({ status: 502, usd: 0 });
});
