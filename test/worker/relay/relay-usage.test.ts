import { describe, expect, test } from 'vitest';
import { formatUsd } from '../../../src/core/money/usd.ts';
import { terms } from '../../support/terms.ts';
import { ScriptedStream, chunk, done, event, finish, usage, usageChunk } from './scripted-upstream.ts';

const reported = { end: 'completed', estimated: false, inputTokens: 7, outputTokens: 3, tokens: 10, nanoUsd: 13_000 };
const costComment = ': cost_usd=0.000013\n\n';

describe('the usage of a stream', () => {
  const text = chunk('Hello');
  test.each([
    ['before [DONE]', text + finish() + usageChunk(7, 3) + done],
    ['with the last choice', text + finish('stop', { usage: usage(7, 3) }) + done],
    [
      'inside a choice',
      text + event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: usage(7, 3) }] }) + done,
    ],
    ['where Groq puts it', text + finish('stop', { x_groq: { usage: usage(7, 3) } }) + done],
    ['more than once, growing', chunk('Hel', { usage: usage(7, 1) }) + finish('stop', { usage: usage(7, 3) }) + done],
    ['more than once, the last being right', text + usageChunk(1, 1) + finish() + usageChunk(7, 3) + done],
    ['after [DONE]', text + finish() + done + usageChunk(7, 3)],
    ['before [DONE] and again after it', text + finish() + usageChunk(7, 2) + done + usageChunk(7, 3)],
    ['before [DONE] and less of it after', text + finish() + usageChunk(7, 3) + done + usageChunk(5, 2)],
    ['without [DONE]', text + finish() + usageChunk(7, 3)],
    [
      'in an event without a space or a blank line at its end',
      `${text}${finish()}${usageChunk(7, 3).replace(': ', ':').trimEnd()}`,
    ],
    ['with \\r\\n', (text + finish() + usageChunk(7, 3) + done).replaceAll('\n', '\r\n')],
  ])('is found %s', async (_, sent) => {
    const stream = new ScriptedStream({ usageChunk: 'hidden' });
    stream.send(sent).end();
    const received = await stream.rest();
    expect(received).toContain('Hello'.slice(0, 3));
    expect(received.endsWith(done)).toBe(true);
    expect(received.match(/\[DONE\]/g)).toHaveLength(1);
    await expect(stream.relay.outcome).resolves.toMatchObject(reported);
  });

  test('is found wherever the bytes are split', async () => {
    const sent = new TextEncoder().encode(`${chunk('水🌊')}: comment\r\n\r\n${finish()}${usageChunk(7, 3)}${done}`);
    for (let at = 1; at < sent.length; at += 1) {
      const stream = new ScriptedStream({ usageChunk: 'hidden' });
      stream.send(sent.slice(0, at), sent.slice(at)).end();
      const received = await stream.rest();
      expect(received).toBe(`${chunk('水🌊')}: comment\r\n\r\n${finish()}${costComment}${done}`);
      await expect(stream.relay.outcome).resolves.toMatchObject(reported);
    }
  });

  test('that makes no sense is not taken for one', async () => {
    const stream = new ScriptedStream();
    stream.send(chunk('Hello'), finish(), event({ choices: [], usage: usage(-1, 1e300) }), done).end();
    await stream.rest();
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'completed', estimated: true });
  });

  test('is estimated, within the hold, where a complete stream does not report it', async () => {
    const stream = new ScriptedStream();
    stream.send(chunk('Hello'), finish(), done).end();
    expect(await stream.rest()).toBe(`${chunk('Hello')}${finish()}: cost_usd=0.000022\n\n${done}`);
    const outcome = await stream.relay.outcome;
    expect(outcome).toMatchObject({
      end: 'completed',
      estimated: true,
      inputTokens: 10,
      outputTokens: 6,
      nanoUsd: 22_000,
    });
  });

  test('is the whole hold where a complete stream does not report it, and output may have been hidden', async () => {
    const stream = new ScriptedStream({ terms: { ...terms, hidesOutput: true } });
    stream.send(chunk('Hello'), finish(), done).end();
    await stream.rest();
    await expect(stream.relay.outcome).resolves.toMatchObject({ estimated: true, tokens: 60, nanoUsd: 110_000 });
  });
});

describe('a usage that can not be true', () => {
  const words = Array.from({ length: 30 }, (_, index) => chunk(` w${index}`));

  test('because output came after it is not what the stream used', async () => {
    const stream = new ScriptedStream();
    stream.send(chunk('', { usage: usage(7, 1) }), ...words, finish(), done).end();
    await stream.rest();
    const outcome = await stream.relay.outcome;
    expect(outcome).toMatchObject({ end: 'completed', estimated: true, inputTokens: 7 });
    expect(outcome.outputTokens).toBeGreaterThanOrEqual(30);
  });

  test('because more words came than it says is not what the stream used', async () => {
    const stream = new ScriptedStream();
    stream.send(...words, finish('stop', { usage: usage(7, 29) }), done).end();
    await stream.rest();
    const outcome = await stream.relay.outcome;
    expect(outcome).toMatchObject({ end: 'completed', estimated: true, inputTokens: 10 });
    expect(outcome.outputTokens).toBeGreaterThanOrEqual(30);
  });

  test('because it is of nothing at all is a place kept for one', async () => {
    const stream = new ScriptedStream();
    stream.send(...words, finish('stop', { usage: usage(0, 0) }), done, usageChunk(7, 30)).end();
    await stream.rest();
    await expect(stream.relay.outcome).resolves.toMatchObject({ estimated: false, inputTokens: 7, outputTokens: 30 });
  });

  test('is kept from a client that did not ask for one, and has no cost in it for one that did', async () => {
    const sent = words.join('') + finish() + usageChunk(7, 2);
    const hidden = new ScriptedStream({ usageChunk: 'hidden' });
    hidden.send(sent, done).end();
    expect(await hidden.rest()).not.toContain('"usage"');
    const asked = new ScriptedStream({ usageChunk: 'asked' });
    asked.send(sent, done).end();
    const received = await asked.rest();
    expect(received).toContain(usageChunk(7, 2));
    expect(received).toContain(': cost_usd=');
  });

  test('is put right at the end, where a client was told the cost of it', async () => {
    const stream = new ScriptedStream({ usageChunk: 'asked' });
    stream.send(chunk('Hi', { usage: usage(7, 1) }), chunk(' there'), finish(), done).end();
    const received = await stream.rest();
    const { nanoUsd } = await stream.relay.outcome;
    expect(received).toContain('"cost_usd":"0.000009"');
    expect(received.endsWith(`: cost_usd=${formatUsd(nanoUsd)}\n\n${done}`)).toBe(true);
  });
});

test('what each choice has used is added up, also where they say so one after another', async () => {
  const stream = new ScriptedStream({ choices: 2 });
  const one = (index: number, more: object) => event({ choices: [{ index, delta: {}, ...more }] });
  const say = { delta: { content: ' word' } };
  for (let word = 0; word < 10; word += 1) stream.send(one(0, say), one(1, say));
  const last = { finish_reason: 'stop', usage: usage(7, 10) };
  stream.send(one(0, last), one(1, last), done).end();
  await stream.rest();
  await expect(stream.relay.outcome).resolves.toMatchObject({ estimated: false, inputTokens: 7, outputTokens: 20 });
});

describe('the usage chunk', () => {
  const sent = [chunk('Hi'), finish(), usageChunk(7, 3), done];

  test('does not reach a client that did not ask for it, and nothing else is missing', async () => {
    const stream = new ScriptedStream({ usageChunk: 'hidden' });
    stream.send(...sent).end();
    expect(await stream.rest()).toBe(chunk('Hi') + finish() + costComment + done);
  });

  test('does not take others with it that have no choices either', async () => {
    const filter = event({ choices: [], prompt_filter_results: [] });
    const stream = new ScriptedStream({ usageChunk: 'hidden' });
    stream.send(filter, ...sent).end();
    expect(await stream.rest()).toBe(filter + chunk('Hi') + finish() + costComment + done);
  });

  test('has the cost in it for a client that asked for it, and is otherwise as it was sent', async () => {
    const stream = new ScriptedStream({ usageChunk: 'asked' });
    stream
      .send(
        chunk('Hi'),
        finish(),
        'data: {"choices":[], "usage":{"prompt_tokens":7,"completion_tokens":3,"x":1.0}}\n\n',
        done,
      )
      .end();
    expect(await stream.rest()).toBe(
      `${chunk('Hi')}${finish()}data: {"choices":[], "usage":{"prompt_tokens":7,"completion_tokens":3,"x":1.0,"cost_usd":"0.000013"}}\n\n${done}`,
    );
  });

  test('has the cost of the whole call in it, also of the attempts that failed', async () => {
    const stream = new ScriptedStream({ usageChunk: 'asked', spentNanoUsd: 1_000_000_000 });
    stream.send(...sent).end();
    expect(await stream.rest()).toContain('"cost_usd":"1.000013"');
    await expect(stream.relay.outcome).resolves.toMatchObject({ nanoUsd: 13_000 });
  });

  test('reaches a client that asked for it before [DONE], also if the provider sent it after', async () => {
    const stream = new ScriptedStream({ usageChunk: 'asked' });
    stream.send(chunk('Hi'), finish(), done, usageChunk(7, 3)).end();
    const received = await stream.rest();
    expect(received).toContain('"cost_usd":"0.000013"');
    expect(received.endsWith(done)).toBe(true);
  });

  test('is waited for only a little while after [DONE]', async () => {
    const stream = new ScriptedStream({ durations: { afterDoneMs: 1 } });
    stream.send(chunk('Hi'), finish(), done);
    expect(await stream.rest()).toContain(done);
    await expect(stream.relay.outcome).resolves.toMatchObject({ end: 'completed', estimated: true });
    expect(stream.upstream.interruption).toBe('finished');
  });
});
