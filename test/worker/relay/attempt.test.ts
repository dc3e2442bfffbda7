import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Provider } from '../../../src/catalog/schema.ts';
import { AnsweredLately } from '../../../src/gateway/attempt/answered-lately.ts';
import { steadyNowMs } from '../../../src/steady-time.ts';
import { answer, answering, attempt, encoder, endpoint, failure, fake, whenAborted } from './attempting.ts';
import { chunk } from './scripted-upstream.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('an attempt', () => {
  test('sends the body as it is, with the credential of the provider', async () => {
    const bodies: string[] = [];
    vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
      bodies.push(await new Response(init.body).text());
      expect(url).toBe('https://fake.example/v1/chat/completions');
      expect(new Headers(init.headers).get('authorization')).toBe('Bearer hunter2-hunter2');
      expect(init.redirect).toBe('manual');
      return Response.json(answer);
    });
    await attempt();
    expect(bodies).toEqual(['{"model":"fake-1"}']);
  });

  test('hands an answer on untouched', async () => {
    const sent = ' {"choices" : [], "x": 1.0}\n';
    answering(new Response(sent, { headers: { 'content-type': 'application/json', 'x-request-id': 'up_1' } }));
    const result = await attempt();
    expect(result).toMatchObject({ kind: 'answered', status: 200, providerRequestId: 'up_1', hasClientLeft: false });
    expect(new TextDecoder().decode(result.kind === 'answered' ? result.bytes : undefined)).toBe(sent);
  });

  test('hands a stream on from its first byte', async () => {
    answering(new Response(chunk('Hi'), { headers: { 'content-type': 'text/event-stream' } }));
    const result = await attempt({ stream: true });
    expect(result.kind).toBe('streaming');
    const first = result.kind === 'streaming' ? await result.firstRead : undefined;
    expect(new TextDecoder().decode(first?.value)).toBe(chunk('Hi'));
  });

  test('hands a stream on that is silent at first', async () => {
    const { readable } = new IdentityTransformStream();
    answering(new Response(readable, { headers: { 'content-type': 'text/event-stream' } }));
    const result = await attempt({ stream: true, durations: { peekMs: 1 } });
    expect(result.kind).toBe('streaming');
    if (result.kind === 'streaming') result.upstream.release();
  });

  test('without the credential that it needs is not made, and names what is missing', async () => {
    const fetched = answering(Response.json(answer));
    const { error, charge, remedy } = await failure({ variable: () => undefined });
    expect(error).toMatchObject({ code: 'configuration_error', message: expect.stringContaining('FAKE_KEY') });
    expect({ charge, remedy }).toEqual({ charge: 'none', remedy: 'elsewhere' });
    expect(fetched).not.toHaveBeenCalled();
  });

  test('of the echo provider needs no network', async () => {
    const echo: Provider = { ...fake, kind: 'echo', name: 'echo' };
    const body = encoder.encode(JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: 'Hello' }] }));
    const result = await attempt({ provider: echo, endpoint: undefined, body });
    expect(result).toMatchObject({ kind: 'answered', answer: { choices: [{ message: { content: 'Hello' } }] } });
  });
});

describe('a provider that can not be reached', () => {
  test('is charged nothing, since it can not have had the whole request', async () => {
    // Nothing listens on the port: the runtime itself refuses.
    const failed = await failure({ endpoint: { ...endpoint, baseUrl: 'http://127.0.0.1:1' } });
    expect(failed).toMatchObject({ charge: 'none', remedy: 'again', health: { kind: 'connect-error' } });
  });

  test('is charged nothing, also where it is given up, as long as it has not taken the request', async () => {
    vi.stubGlobal('fetch', async (_url: string, { signal }: { signal: AbortSignal }) => whenAborted(signal));
    const failed = await failure({ stream: true, durations: { firstByteMs: 5 } });
    expect(failed).toMatchObject({ charge: 'none', health: { kind: 'first-byte-timeout' } });
  });

  test('is charged the hold where it has just answered, since nobody watches then whether the next request arrives', async () => {
    const answeredLately = new AnsweredLately();
    answering(Response.json(answer));
    expect((await attempt({ answeredLately })).kind).toBe('answered');
    const refused = { answeredLately, endpoint: { ...endpoint, baseUrl: 'http://127.0.0.1:1' } };
    vi.unstubAllGlobals();
    answeredLately.note('http://127.0.0.1:1', steadyNowMs());
    expect(await failure(refused)).toMatchObject({ charge: 'unknown' });
    expect(await failure(refused)).toMatchObject({ charge: 'none' });
  });

  test('is charged the hold if the connection is lost after the request was sent', async () => {
    answering(async () => Promise.reject(new Error('Network connection lost.')));
    const failed = await failure();
    expect(failed).toMatchObject({ charge: 'unknown', remedy: 'again', health: { kind: 'connect-error' } });
    expect(failed.error.options.shouldRetry).toBe(false);
  });

  test('is charged the hold if the connection is lost in the middle of its answer', async () => {
    const fetched = answering(
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(encoder.encode('{"choices"'));
          },
          pull(controller) {
            controller.error(new Error('Network connection lost.'));
          },
        }),
      ),
    );
    expect(await failure()).toMatchObject({ end: 'provider_failed', charge: 'unknown' });
    expect(fetched).toHaveBeenCalledOnce();
  });
});

describe('an attempt that takes too long', () => {
  test('ends when no stream has begun in time, and is cancelled', async () => {
    const fetched = answering(whenAborted);
    const failed = await failure({ stream: true, durations: { firstByteMs: 5 } });
    expect(failed).toMatchObject({ charge: 'unknown', remedy: 'elsewhere', health: { kind: 'first-byte-timeout' } });
    expect(failed.error).toMatchObject({ code: 'provider_timeout', options: { shouldRetry: false } });
    expect(fetched.mock.calls[0]?.[1].signal.aborted).toBe(true);
  });

  test('ends when the time is over that the client gave it', async () => {
    answering(whenAborted);
    const failed = await failure({ timeoutMs: 5 });
    expect(failed).toMatchObject({ end: 'provider_timeout', remedy: 'none', health: { kind: 'client-left' } });
    expect(failed.error.code).toBe('provider_timeout');
  });

  test('ends when its lease is lost', async () => {
    answering(whenAborted);
    const fence = new AbortController();
    const failing = failure({ fence });
    await scheduler.wait(5);
    fence.abort();
    expect(await failing).toMatchObject({ end: 'fenced', charge: 'unknown', remedy: 'none' });
  });
});

describe('a client that leaves before it has an answer', () => {
  test('cancels a stream at once, where that ends its bill', async () => {
    const fetched = answering(whenAborted);
    const client = new AbortController();
    const failing = failure({ client, stream: true, onClientLeft: { kind: 'cancel', charge: 'cancelled' } });
    await scheduler.wait(5);
    client.abort();
    expect(await failing).toMatchObject({ end: 'client_left', charge: 'cancelled', remedy: 'none' });
    expect(fetched.mock.calls[0]?.[1].signal.aborted).toBe(true);
  });

  test('has its call read on for the true usage', async () => {
    const { promise, resolve } = Promise.withResolvers<Response>();
    answering(async () => promise);
    const client = new AbortController();
    const answered = attempt({ client });
    await scheduler.wait(5);
    client.abort();
    resolve(Response.json(answer));
    expect(await answered).toMatchObject({ kind: 'answered', hasClientLeft: true });
  });

  test('is charged the hold if the answer does not come in time', async () => {
    answering(whenAborted);
    const client = new AbortController();
    const failing = failure({ client, durations: { drainMs: 5 } });
    client.abort();
    expect(await failing).toMatchObject({ end: 'client_left', charge: 'unknown' });
  });

  test('has nothing sent for it, and is charged nothing, if it left before', async () => {
    const fetched = answering(Response.json(answer));
    const client = new AbortController();
    client.abort();
    const onClientLeft = { kind: 'cancel', charge: 'unknown' } as const;
    expect(await failure({ client, onClientLeft })).toMatchObject({ end: 'client_left', charge: 'none' });
    expect(await failure({ client })).toMatchObject({ end: 'client_left', charge: 'none' });
    expect(fetched).not.toHaveBeenCalled();
  });
});
