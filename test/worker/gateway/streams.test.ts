import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { heartbeatMs, stallMs } from '../../../src/limits.ts';
import {
  type Json,
  type TestKey,
  begin,
  chat,
  chatSending,
  contentOf,
  eventsOf,
  newKey,
  send,
  standing,
} from '../../support/gateway.ts';
import {
  type FakeProvider,
  replaceFetch,
  servedBy,
  usage,
  usageNanoUsd,
  servedByOne,
} from '../../support/gateway-provider.ts';
import { TestTime } from '../../support/gateway-time.ts';
import { HeldStream, chunk, done, said, streaming, streamed, usageChunk } from '../../support/gateway-stream.ts';

beforeEach(() => replaceFetch());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const money = async (): Promise<TestKey> => newKey({ limits: [{ metric: 'usd', per: 'total', max: '1' }] });
const streamBody: Json = { model: 'served', stream: true, max_completion_tokens: 20 };

async function recordOf(key: TestKey, headers: Headers): Promise<Json> {
  return (await send(key.key, { path: `/v1/requests/${headers.get('x-request-id')}` })).json;
}

/** A stream of which the client has had its first words. */
async function begun(key: TestKey, fake: FakeProvider, sending: Parameters<typeof begin>[1] = {}) {
  const held = new HeldStream();
  fake.says(held.reply);
  const call = begin(key.key, { ...chatSending(streamBody), ...sending });
  const sender = await held.sender();
  sender.event(said('Hel'));
  const { response, path } = await call;
  return { held, sender, response, path };
}

describe('a stream', () => {
  test('is passed on as it comes: the client has each word before the provider says the next', async () => {
    const fake = await servedByOne();
    const { sender, response, path } = await begun(await newKey(), fake);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(contentOf((await reader?.read())?.value ?? '')).toBe('Hel');
    sender.event(said('lo'));
    expect(contentOf((await reader?.read())?.value ?? '')).toBe('lo');
    sender.event(chunk({}, 'stop'));
    sender.event(done);
    sender.end();
    let rest = '';
    for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) rest += read.value;
    expect(eventsOf(rest).at(-1)).toBe('[DONE]');
    await path;
  });

  test('is told apart into events wherever its bytes are split, also inside a character, and its usage found (fault 22)', async () => {
    const fake = await servedByOne();
    const text = [said('gr'), said('üß'), said('e 𝄞'), chunk({}, 'stop'), usageChunk(usage), done];
    const bytes = new TextEncoder().encode(text.map((data) => `data:${data}\r\n\r\n`).join(''));
    for (let size = 1; size <= 64; size *= 4) {
      const held = new HeldStream();
      fake.says(held.reply);
      const key = await money();
      const call = chat(key, streamBody);
      const sender = await held.sender();
      for (let at = 0; at < bytes.length; at += size) sender.raw(bytes.slice(at, at + size));
      sender.end();
      const answer = await call;
      expect(answer.text.replaceAll('\r\n', '\n').replaceAll('data:{', 'data: {')).toContain('üß');
      expect(answer.text).not.toContain('usage');
      expect(await standing(key)).toEqual({ posted: usageNanoUsd, held: 0 });
    }
  });

  test('whose usage comes after [DONE] is charged by it all the same (fault 22)', async () => {
    const fake = await servedByOne();
    fake.says(streaming(said('Hi'), chunk({}, 'stop'), done, usageChunk(usage)));
    const key = await money();
    const answer = await chat(key, streamBody);
    expect(eventsOf(answer.text).at(-1)).toBe('[DONE]');
    expect(await standing(key)).toEqual({ posted: usageNanoUsd, held: 0 });
  });

  test('of a server that can not tell its usage is charged at no less than it can have been', async () => {
    const fake = await servedByOne({ quirks: { streamUsage: false } });
    fake.says(streaming(said('Hello'), said(' there'), chunk({}, 'stop'), done));
    const key = await money();
    const answer = await chat(key, streamBody);
    expect(fake.calls[0]?.json).not.toHaveProperty('stream_options');
    const { posted, held } = await standing(key);
    expect(held).toBe(0);
    expect(posted).toBeGreaterThanOrEqual(11 * 2000);
    expect(await recordOf(key, answer.headers)).toMatchObject({ estimated: true, end: 'completed' });
  });

  test('that falls silent is kept alive with comments, and ended when it has stalled', async () => {
    const fake = await servedByOne();
    const key = await money();
    const time = new TestTime();
    const { held, response, path } = await begun(key, fake, { env: time.env });
    const text = response.text();
    for (let ms = 0; ms < stallMs + heartbeatMs; ms += heartbeatMs) await time.pass(heartbeatMs);
    const passed = await text;
    await path;
    expect(passed.split(': keep-alive\n\n').length).toBeGreaterThan(stallMs / heartbeatMs - 2);
    expect(passed).not.toContain('[DONE]');
    expect(JSON.parse(eventsOf(passed).at(-1) ?? '')).toMatchObject({ error: { code: 'provider_timeout' } });
    expect(held.wasCancelled).toBe(true);
    expect((await standing(key)).held).toBe(0);
    expect(await recordOf(key, response.headers)).toMatchObject({ end: 'stalled', estimated: true });
  });

  test('that breaks in the middle ends with an error and without [DONE], is charged, and not tried again', async () => {
    const fakes = await servedBy(2);
    const key = await money();
    const [first, next] = fakes;
    if (first === undefined) throw new Error('a server was asked for');
    const { sender, response, path } = await begun(key, first);
    sender.breakOff();
    const text = await response.text();
    await path;
    expect(contentOf(text.split('data: {"error"')[0] ?? '')).toBe('Hel');
    expect(text).not.toContain('[DONE]');
    const requestId = response.headers.get('x-request-id');
    expect(JSON.parse(eventsOf(text).at(-1) ?? '')).toMatchObject({
      error: { code: 'provider_error', request_id: requestId },
    });
    expect(text).toMatch(/: cost_usd=0\.\d+\n\ndata: \{"error"/);
    expect(next?.arrivals).toBe(0);
    const { posted, held } = await standing(key);
    expect(held).toBe(0);
    expect(posted).toBeGreaterThan(0);
    expect(await recordOf(key, response.headers)).toMatchObject({ end: 'provider_failed', estimated: true });
  });

  test('in which the provider reports an error ends with it, its secrets removed', async () => {
    const fake = await servedByOne();
    const key = await money();
    const { sender, response, path } = await begun(key, fake);
    sender.event(JSON.stringify({ error: { message: 'overloaded, says sk-proj-123456789', code: 'server_error' } }));
    sender.end();
    const text = await response.text();
    await path;
    const { error } = JSON.parse(eventsOf(text).at(-1) ?? '') as { error: Json };
    expect(error).toMatchObject({ code: 'provider_error', message: expect.stringContaining('overloaded') });
    expect(text).not.toContain('123456789');
    expect(text).not.toContain('[DONE]');
    expect((await standing(key)).held).toBe(0);
  });

  test('that ended in an error turns no limit off for what follows (fault 15)', async () => {
    const fake = await servedByOne();
    const key = await newKey({
      limits: [
        { metric: 'requests', per: 'total', max: 2 },
        { metric: 'streams', max: 1 },
      ],
    });
    const first = await begun(key, fake);
    first.sender.breakOff();
    await first.response.text();
    await first.path;
    fake.says(streamed(usage, 'Hi'));
    expect(await chat(key, streamBody)).toMatchObject({ status: 200 });
    expect(await chat(key, streamBody)).toMatchObject({ status: 429 });
  });
});

describe('a client that calls again the moment its stream has ended', () => {
  test('finds the call settled and its slot free, though the provider keeps the connection open', async () => {
    const fake = await servedByOne();
    const key = await newKey({ limits: [{ metric: 'concurrency', max: 1 }] });
    const { sender, response } = await begun(key, fake);
    for (const data of [chunk({}, 'stop'), usageChunk(usage), done]) sender.event(data);
    await response.text();
    fake.says(streamed(usage, 'Hi'));
    expect(await chat(key, streamBody)).toMatchObject({ status: 200 });
    expect(await recordOf(key, response.headers)).toMatchObject({ end: 'completed', cost_usd: '0.00005' });
    sender.end();
  });
});

describe('a provider that ignores its cap', () => {
  test('is cut off at the hold: the client gets a finish, and the provider is told to stop', async () => {
    const fake = await servedByOne({}, { tokenizer: 'o200k' });
    const key = await money();
    const { held, sender, response, path } = await begun(key, fake);
    for (let word = 0; word < 60 && !held.wasCancelled; word += 1) sender.event(said(` word${word}`));
    const text = await response.text();
    expect(text).toContain('"finish_reason":"length"');
    expect(eventsOf(text).at(-1)).toBe('[DONE]');
    expect(contentOf(text)).not.toContain('word40');
    sender.event(usageChunk({ prompt_tokens: 140, completion_tokens: 80 }));
    sender.end();
    await path;
    expect((await standing(key)).held).toBe(0);
    expect(await recordOf(key, response.headers)).toMatchObject({ end: 'cut_off', breach: true });
  });

  test('and says nothing of what it used is charged within the hold: no count of ours is a breach', async () => {
    const fake = await servedByOne({}, { tokenizer: 'o200k' });
    const key = await money();
    const { sender, response, path } = await begun(key, fake);
    const { held } = await standing(key);
    for (let word = 0; word < 60; word += 1) sender.event(said(` word${word}`));
    sender.end();
    await response.text();
    await path;
    expect(await standing(key)).toEqual({ posted: held, held: 0 });
    expect(await recordOf(key, response.headers)).toMatchObject({ end: 'cut_off', estimated: true, breach: false });
  });

  test('is not taken for one that makes a token of two lines, and is charged what it says', async () => {
    const fake = await servedByOne({}, { tokenizer: 'o200k' });
    const key = await money();
    fake.says(streamed({ prompt_tokens: 10, completion_tokens: 20 }, ...Array.from({ length: 40 }, () => '//\n')));
    const { headers, text } = await chat(key, streamBody);
    expect(text).toContain('"finish_reason":"stop"');
    expect(await recordOf(key, headers)).toMatchObject({ end: 'completed', estimated: false, breach: false });
    expect(await standing(key)).toEqual({ posted: usageNanoUsd, held: 0 });
  });

  test('and answers without a stream is charged what it reports, which is recorded as a breach', async () => {
    const key = await money();
    const fake = await servedByOne();
    fake.says(() => Response.json({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 5000 } }));
    const overrun = await chat(key, { model: 'served', max_completion_tokens: 20 });
    expect(overrun.headers.get('x-gateway-cost-usd')).toBe('0.01001');
    expect(await standing(key)).toEqual({ posted: 10_010_000, held: 0 });
    expect(await recordOf(key, overrun.headers)).toMatchObject({ breach: true, cost_usd: '0.01001' });
  });
});
