import { describe, expect, test } from 'vitest';
import { ScriptedStream, chunk, done, finish, usage, usageChunk } from './scripted-upstream.ts';
import { terms } from '../../support/terms.ts';

describe('a provider that ignores its cap', () => {
  const words = Array.from({ length: 80 }, (_, index) => chunk(` w${index}`));

  test('is cut off at the hold, so that the client gets a complete answer of at most its cap', async () => {
    const stream = new ScriptedStream({ usageChunk: 'asked' });
    stream.send(...words);
    const received = await stream.rest();
    const events = received.trimEnd().split('\n\n');
    expect(received).toContain(chunk(' w49'));
    expect(received).not.toContain(chunk(' w50'));
    expect(JSON.parse((events.at(-3) ?? '').slice(6))).toMatchObject({
      id: 'chatcmpl-1',
      model: 'fake-1',
      choices: [{ index: 0, delta: {}, finish_reason: 'length' }],
    });
    expect(events.at(-2)).toContain('"cost_usd"');
    expect(events.at(-1)).toBe('data: [DONE]');
    const outcome = await stream.relay.outcome;
    // What it says itself would be charged beyond that. It says nothing.
    expect(outcome).toMatchObject({ end: 'cut_off', estimated: true, tokens: 60, nanoUsd: 110_000 });
    expect(stream.upstream.interruption).toBe('cut-off');
  });

  test('is charged the truth where it is read on and tells it', async () => {
    const stream = new ScriptedStream({ onClientLeft: { kind: 'drain' } });
    stream.send(...words, finish(), usageChunk(7, 80), done).end();
    expect(await stream.rest()).toContain(done);
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'cut_off', estimated: false, outputTokens: 80 });
  });

  test('is not cut off as long as it can be within its cap', async () => {
    const stream = new ScriptedStream();
    stream.send(...words.slice(0, 50), finish(), usageChunk(7, 50), done).end();
    await stream.rest();
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'completed', outputTokens: 50 });
  });

  test('is not cut off by signs between line breaks, of which one token holds several', async () => {
    const stream = new ScriptedStream();
    // Of o200k these are 41 tokens.
    const lines = Array.from({ length: 80 }, () => chunk('//\n'));
    stream.send(...lines, finish(), usageChunk(7, 41), done).end();
    expect(await stream.rest()).toContain('"finish_reason":"stop"');
    const expected = { end: 'completed', estimated: false, outputTokens: 41, nanoUsd: 89_000 };
    await expect(stream.relay.outcome).resolves.toMatchObject(expected);
  });

  test('is cut off as soon as it says itself that it is past it, and charged what it says, though it is not held', async () => {
    const stream = new ScriptedStream();
    stream.send(chunk('x', { usage: usage(7, 50) }), chunk('y', { usage: usage(7, 81) }));
    const received = await stream.rest();
    expect(received).toContain('"content":"x"');
    expect(received).not.toContain('"content":"y"');
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'cut_off', outputTokens: 81, nanoUsd: 169_000 });
  });

  test('is not cut off when it says so with the end of its answer', async () => {
    const stream = new ScriptedStream();
    stream.send(chunk('x'), finish('stop', { usage: usage(7, 51) }), done).end();
    expect(await stream.rest()).toContain('"finish_reason":"stop"');
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'completed', outputTokens: 51 });
  });

  test('is not cut off where the account has no limit that needs it', async () => {
    const stream = new ScriptedStream({ terms: { ...terms, bounded: false } });
    stream.send(...words, finish(), usageChunk(7, 80), done).end();
    expect(await stream.rest()).toContain(' w79');
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'completed', outputTokens: 80 });
  });
});
