// Sets the clock.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { lagMsMax } from '../../../src/limits.ts';
import { ScriptedStream, chunk, done, finish, usageChunk } from './scripted-upstream.ts';
import { terms } from '../../support/terms.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const large = { ...terms, holdTokens: 10_010, holdNanoUsd: 20_010_000, outputTokensMax: 10_000 };
const whole = { tokens: 10_010, nanoUsd: 20_010_000 };
const words = Array.from({ length: 2000 }, () => chunk(' word'));

/** A stream whose client has taken nothing for a while, though a lot was sent. */
async function unread(script: ConstructorParameters<typeof ScriptedStream>[0] = {}): Promise<ScriptedStream> {
  const stream = new ScriptedStream({ terms: large, lagMsMax: 0, ...script });
  stream.send(chunk('a'));
  await scheduler.wait(5);
  stream.send(...words);
  return stream;
}

describe('a client that takes nothing of its stream, and then leaves', () => {
  test('is charged the true usage, which its provider has sent long since', async () => {
    const stream = await unread();
    stream.send(finish(), usageChunk(7, 2001), done).end();
    stream.client.abort();
    const expected = { end: 'client_left', estimated: false, inputTokens: 7, outputTokens: 2001 };
    await expect(stream.relay.outcome).resolves.toMatchObject(expected);
    await stream.relay.delivered;
  });

  test('has its upstream cancelled when all that was sent has been read, and is charged that and a second more', async () => {
    const stream = await unread();
    stream.client.abort();
    expect(stream.upstream.signal.aborted).toBe(false);
    const outcome = await stream.relay.outcome;
    expect(stream.upstream.interruption).toBe('client-left');
    expect(outcome).toMatchObject({ end: 'client_left', estimated: true });
    expect(outcome.outputTokens).toBeGreaterThanOrEqual(2001);
  });

  test('is charged the hold if what was sent can not be read in time', async () => {
    const stream = await unread({ drainMs: 0 });
    stream.client.abort();
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'client_left', estimated: true, ...whole });
  });

  test('is charged the hold if its provider is lost before that', async () => {
    const stream = await unread();
    stream.drop();
    stream.client.abort();
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'client_left', estimated: true, ...whole });
  });

  test.each([
    ['at once, if the stream hardly lags behind', 0, 'client-left'],
    ['later, if it lags behind by more', 1, undefined],
  ])('has its upstream cancelled %s', async (_, moreMs, interruption) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const stream = new ScriptedStream({ terms: large });
    stream.send(chunk('a'));
    await scheduler.wait(5);
    vi.setSystemTime(Date.now() + lagMsMax + moreMs);
    stream.client.abort();
    expect(stream.upstream.interruption).toBe(interruption);
    stream.fence.abort();
    await stream.relay.outcome;
  });

  test('has its upstream cancelled at once where that is what its policy wants', async () => {
    const stream = await unread({ onClientLeft: { kind: 'cancel', charge: 'unknown' } });
    stream.client.abort();
    expect(stream.upstream.interruption).toBe('client-left');
    await expect(stream.relay.outcome).resolves.toMatchObject(whole);
  });
});

describe('a client that takes nothing of its stream until its time is over', () => {
  const timed = { timeoutMs: 20, durations: { lastWordsMs: 5 } };

  test('is charged the true usage, which its provider has sent long since', async () => {
    const stream = await unread(timed);
    stream.send(finish(), usageChunk(7, 2001), done).end();
    const expected = { end: 'provider_timeout', estimated: false, inputTokens: 7, outputTokens: 2001 };
    await expect(stream.relay.outcome).resolves.toMatchObject(expected);
    await expect(stream.rest()).rejects.toThrow(/the stream was ended|connection lost/);
  });

  test('gets nothing more but word of that, if it takes something again', async () => {
    const stream = await unread({ timeoutMs: 20 });
    stream.send(finish(), usageChunk(7, 2001), done).end();
    while (!stream.upstream.isOverdue) await scheduler.wait(1);
    const received = await stream.rest();
    expect(received.match(/data: .*/g)).toEqual([
      chunk('a').trimEnd(),
      expect.stringContaining('"code":"provider_timeout"'),
    ]);
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'provider_timeout', outputTokens: 2001 });
  });

  test('is charged the hold if its provider ignores its cap, and does not say what it used', async () => {
    const stream = await unread({ ...timed, terms });
    const expected = { end: 'provider_timeout', estimated: true, tokens: 60, nanoUsd: 110_000 };
    await expect(stream.relay.outcome).resolves.toMatchObject(expected);
  });
});

test('a client that takes nothing of its stream until its lease is lost is charged the hold', async () => {
  const stream = await unread({ durations: { lastWordsMs: 5 } });
  stream.fence.abort();
  expect(stream.upstream.interruption).toBe('fenced');
  await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'fenced', estimated: true, ...whole });
});

test('a call whose charge can not be worked out ends all the same, and is charged its hold', async () => {
  const logged = vi.spyOn(console, 'error').mockReturnValue(undefined);
  const price = (): number => {
    throw new Error('not a price');
  };
  const stream = new ScriptedStream({ terms: { ...terms, price } });
  stream.send(chunk('Hello'), finish(), usageChunk(7, 3), done).end();
  const received = await stream.rest();
  expect(received).toContain('"code":"internal_error"');
  expect(received).not.toContain('[DONE]');
  const expected = { end: 'provider_failed', estimated: true, tokens: 60, nanoUsd: 110_000 };
  await expect(stream.relay.outcome).resolves.toMatchObject(expected);
  await stream.relay.delivered;
  expect(logged.mock.calls.join('')).toContain('not a price');
});
