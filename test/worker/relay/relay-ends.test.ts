// Sets the clock.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { ScriptedStream, chunk, done, event, finish, usage, usageChunk } from './scripted-upstream.ts';
import { terms } from '../../support/terms.ts';

/** The relay waits for the provider to send more. */
async function asked(stream: ScriptedStream, times: number): Promise<void> {
  while (stream.pulls < times) await scheduler.wait(1);
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a stream', () => {
  test('reaches the client byte for byte, with what nobody has heard of', async () => {
    const odd = `${chunk('Hi', { x: 1.0 })}event: ping\ndata: {}\n\n: hello\n\ndata: not JSON\n\nid: 7\r\n\r\n`;
    const stream = new ScriptedStream();
    stream.send(odd, finish(), usageChunk(7, 3), done).end();
    expect(await stream.rest()).toBe(`${odd}${finish()}: cost_usd=0.000013\n\n${done}`);
  });

  test('reaches the client event by event, as each comes', async () => {
    const stream = new ScriptedStream();
    stream.send(chunk('one'));
    expect(await stream.read()).toBe(chunk('one'));
    stream.send(chunk('two'));
    expect(await stream.read()).toBe(chunk('two'));
    await stream.hangUp();
  });

  test('is read from the provider no faster than the client takes it', async () => {
    const stream = new ScriptedStream();
    for (let sent = 0; sent < 100; sent += 1) stream.send(chunk('x'.repeat(1000)));
    await scheduler.wait(20);
    // The first read was made before the relay began; its bytes are still waiting for the client.
    expect(stream.pulls).toBeLessThanOrEqual(2);
    await stream.read();
    await stream.hangUp();
  });

  test('gets a comment whenever it has been silent for a while, and only between two events', async () => {
    const stream = new ScriptedStream({ durations: { heartbeatMs: 5 } });
    expect(await stream.read()).toBe(': keep-alive\n\n');
    stream.send('data: {"half');
    expect(await stream.read()).toBe(': keep-alive\n\n');
    stream.send('":1}\n\n', finish(), usageChunk(7, 3), done).end();
    expect((await stream.rest()).replaceAll(': keep-alive\n\n', '')).toContain('data: {"half":1}\n\n');
  });

  test('that ends with its last choice finished is complete, and gets the [DONE] that it lacks', async () => {
    const stream = new ScriptedStream();
    stream.send(chunk('Hi'), finish('stop', { usage: usage(7, 3) })).end();
    expect((await stream.rest()).endsWith(done)).toBe(true);
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'completed' });
  });

  test('of several choices is complete only when each is finished', async () => {
    const stream = new ScriptedStream({ choices: 2 });
    stream.send(chunk('Hi'), finish()).end();
    expect(await stream.rest()).not.toContain('[DONE]');
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'provider_failed' });
  });
});

describe('a client that leaves', () => {
  test('has its upstream cancelled at once, and is charged what came and a second more', async () => {
    const stream = new ScriptedStream({ durations: { heartbeatMs: 1 } });
    stream.send(chunk('Hello'));
    await stream.read();
    await stream.hangUp();
    await expect(stream.relay.outcome).resolves.toMatchObject({
      end: 'client_left',
      estimated: true,
      inputTokens: 10,
      health: { kind: 'client-left' },
    });
    expect(stream.upstream.signal.aborted).toBe(true);
  });

  test('before any output had come is charged all that may have been made since the call was sent', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const stream = new ScriptedStream({ terms: { ...terms, outputTokensPerSecondMax: 10 } });
    stream.send(chunk(''));
    await stream.read();
    await asked(stream, 2);
    vi.setSystemTime(Date.now() + 2000);
    stream.client.abort();
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'client_left', outputTokens: 20 + 10 });
  });

  test('while output may have been kept back is charged all that may have been made since some came', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const stream = new ScriptedStream({ terms: { ...terms, outputTokensPerSecondMax: 10 } });
    stream.send(chunk('Hi'));
    await stream.read();
    await asked(stream, 2);
    vi.setSystemTime(Date.now() + 2000);
    stream.client.abort();
    // The three bytes that came, two seconds of silence and one more.
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'client_left', outputTokens: 3 + 20 + 10 });
  });

  test('is also noticed by its signal, while the provider is silent', async () => {
    const stream = new ScriptedStream();
    stream.send(chunk('Hello'));
    await stream.read();
    stream.client.abort();
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'client_left', estimated: true });
    expect(stream.upstream.interruption).toBe('client-left');
  });

  test('while it takes nothing of what was written to it leaves nothing hanging', async () => {
    const stream = new ScriptedStream();
    stream.send(chunk('Hello'));
    await scheduler.wait(5);
    stream.client.abort();
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'client_left' });
    await stream.relay.delivered;
  });

  test('is charged the true usage if the call is read on to its end', async () => {
    const stream = new ScriptedStream({ onClientLeft: { kind: 'drain' } });
    stream.send(chunk('Hello'));
    await stream.read();
    stream.client.abort();
    stream.send(chunk(' World'), finish(), usageChunk(7, 3), done).end();
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'client_left', estimated: false, tokens: 10 });
  });

  test('is charged the hold if the true usage does not come in time', async () => {
    const stream = new ScriptedStream({ onClientLeft: { kind: 'drain' }, drainMs: 5 });
    stream.send(chunk('Hello'));
    await stream.read();
    stream.client.abort();
    await expect(stream.relay.outcome).resolves.toMatchObject({
      end: 'client_left',
      estimated: true,
      tokens: 60,
      nanoUsd: 110_000,
    });
    expect(stream.upstream.signal.aborted).toBe(true);
  });

  test('is charged what was reported in what had been read already, though nothing more is read', async () => {
    const stream = new ScriptedStream();
    stream.send(chunk('Hello') + finish() + usageChunk(7, 3) + done);
    stream.client.abort();
    expect(stream.upstream.interruption).toBe('client-left');
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'client_left', estimated: false, tokens: 10 });
  });

  test('is charged the hold if its policy says so', async () => {
    const stream = new ScriptedStream({ onClientLeft: { kind: 'cancel', charge: 'unknown' } });
    stream.client.abort();
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'client_left', nanoUsd: 110_000 });
  });

  test('after the end has been delivered has not left early', async () => {
    const stream = new ScriptedStream();
    stream.send(chunk('Hi'), finish(), usageChunk(7, 3), done);
    await stream.rest();
    stream.client.abort();
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'completed', estimated: false });
  });
});

describe('a provider that fails in the middle', () => {
  async function endOf(stream: ScriptedStream) {
    const received = await stream.rest();
    expect(received).not.toContain('[DONE]');
    const last = received.trimEnd().split('\n\n').at(-1) ?? '';
    return { received, error: JSON.parse(last.slice('data: '.length)) as unknown, outcome: await stream.relay.outcome };
  }

  test('by dropping the connection ends the stream with an error, and is charged as a client that left', async () => {
    const stream = new ScriptedStream();
    stream.send(chunk('Hello'));
    const first = await stream.read();
    stream.drop();
    const { error, outcome } = await endOf(stream);
    expect(first).toBe(chunk('Hello'));
    expect(error).toMatchObject({ error: { code: 'provider_error', type: 'api_error', request_id: 'req_1' } });
    expect(outcome).toMatchObject({ end: 'provider_failed', estimated: true, health: { kind: 'connect-error' } });
  });

  test('by ending its stream without an end is not taken for complete', async () => {
    const stream = new ScriptedStream();
    stream.send(chunk('Hello')).end();
    const { error, outcome } = await endOf(stream);
    expect(error).toMatchObject({ error: { code: 'provider_error' } });
    expect(outcome).toMatchObject({ end: 'provider_failed' });
  });

  test('by saying so in the stream is quoted without its secrets', async () => {
    const stream = new ScriptedStream({ durations: { afterDoneMs: 1 } });
    stream.send(chunk('Hello'), event({ error: { message: 'overloaded, hunter2', code: 529 } }), chunk('never'));
    const { received, error, outcome } = await endOf(stream);
    expect(error).toMatchObject({
      error: { message: 'fake failed in the middle of its answer: overloaded, [redacted]' },
    });
    expect(received).not.toContain('never');
    expect(outcome).toMatchObject({ end: 'provider_failed', health: { kind: 'answered', status: 529 } });
    expect(stream.upstream.signal.aborted).toBe(true);
  });

  test('by falling silent is given up after a while', async () => {
    const stream = new ScriptedStream({ durations: { stallMs: 5 } });
    stream.send(chunk('Hello'));
    const { error, outcome } = await endOf(stream);
    expect(error).toMatchObject({ error: { code: 'provider_timeout' } });
    expect(outcome).toMatchObject({ end: 'stalled', estimated: true, health: { kind: 'stalled' } });
    expect(stream.upstream.signal.aborted).toBe(true);
  });

  test('is not blamed for a client that is slow', async () => {
    const stream = new ScriptedStream({ durations: { stallMs: 5 } });
    stream.send(chunk('Hello'), finish(), usageChunk(7, 3), done).end();
    await scheduler.wait(50);
    expect(await stream.rest()).toContain(done);
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'completed' });
  });

  test('by sending an event that is too large is given up', async () => {
    const stream = new ScriptedStream();
    const part = new Uint8Array(1024 * 1024).fill(120);
    stream.send('data: ', ...Array.from({ length: 9 }, () => part));
    const { error } = await endOf(stream);
    expect(error).toMatchObject({ error: { code: 'provider_error', message: expect.stringContaining('bytes') } });
    expect(stream.upstream.signal.aborted).toBe(true);
  });

  test('is charged the hold where it may go on generating', async () => {
    const stream = new ScriptedStream({ onClientLeft: { kind: 'drain' } });
    stream.send(chunk('Hello')).drop();
    const { outcome } = await endOf(stream);
    expect(outcome).toMatchObject({ end: 'provider_failed', tokens: 60, nanoUsd: 110_000 });
  });
});

describe('a call whose lease is lost', () => {
  test('is ended with an error in the stream', async () => {
    const stream = new ScriptedStream();
    stream.send(chunk('Hello'));
    await stream.read();
    stream.fence.abort();
    const received = await stream.rest();
    expect(received).toContain('"code":"ledger_unavailable"');
    expect(received).not.toContain('[DONE]');
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'fenced', health: { kind: 'client-left' } });
    expect(stream.upstream.signal.aborted).toBe(true);
  });

  test('is ended even if its client takes nothing', async () => {
    const stream = new ScriptedStream({ durations: { lastWordsMs: 5 } });
    stream.send(chunk('Hello'));
    await scheduler.wait(5);
    stream.fence.abort();
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'fenced' });
    await stream.relay.delivered;
    await expect(stream.rest()).rejects.toThrow(/the stream was ended|connection lost/);
  });
});

test('a call whose time is over ends with an error in the stream', async () => {
  const stream = new ScriptedStream({ timeoutMs: 5 });
  stream.send(chunk('Hello'));
  const received = await stream.rest();
  expect(received).toContain('"code":"provider_timeout"');
  expect(received).not.toContain('[DONE]');
  await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'provider_timeout', estimated: true });
  expect(stream.upstream.signal.aborted).toBe(true);
});
