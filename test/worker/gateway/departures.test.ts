import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { drainMs } from '../../../src/limits.ts';
import { interceptedEnv } from '../../support/gateway-faults.ts';
import {
  type Json,
  type TestKey,
  begin,
  chat,
  chatSending,
  eventually,
  inspect,
  newKey,
  send,
  standing,
} from '../../support/gateway.ts';
import {
  type FakeProvider,
  Gate,
  completion,
  model,
  putCatalog,
  replaceFetch,
  silent,
  usageNanoUsd,
  servedByOne,
} from '../../support/gateway-provider.ts';
import { TestTime } from '../../support/gateway-time.ts';
import { HeldStream, chunk, done, said, usageChunk } from '../../support/gateway-stream.ts';

beforeEach(() => replaceFetch());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const body: Json = { model: 'served', max_completion_tokens: 1000 };
const usage = { prompt_tokens: 10, completion_tokens: 20 };
/** The most that the messages of these calls can be charged. */
const inputNanoUsd = 142_000;
const money = async (policy = {}): Promise<TestKey> =>
  newKey({ limits: [{ metric: 'usd', per: 'total', max: '1' }], ...policy });

async function one(cancels = false, modelMore: Json = {}): Promise<FakeProvider> {
  const fake = await servedByOne({}, modelMore);
  if (cancels) {
    const targets = [{ provider: fake.name, model: 'm', cancels: true }];
    await putCatalog({ served: { ...model(fake), ...modelMore, targets } }, { [fake.name]: fake.entry() });
  }
  return fake;
}

const recordOf = async (key: TestKey, id: string | null): Promise<Json> =>
  (await send(key.key, { path: `/v1/requests/${id}` })).json;

/** A client that has had the first words of a stream, and then leaves. */
async function leaveStream(key: TestKey, fake: FakeProvider, env?: TestTime['env']) {
  const held = new HeldStream();
  fake.says(held.reply);
  const client = new AbortController();
  const sending = {
    ...chatSending({ ...body, stream: true }),
    signal: client.signal,
    ...(env === undefined ? {} : { env }),
  };
  const call = begin(key.key, sending);
  const sender = await held.sender();
  sender.event(said('Hello'));
  const { response, path } = await call;
  await response.body?.getReader().read();
  client.abort();
  return { held, sender, path, id: response.headers.get('x-request-id') };
}

describe('a client that leaves a stream', () => {
  test('of a target that stops when it is cancelled has it cancelled, and pays for what came and a second more (fault 6)', async () => {
    const fake = await one(true, { outputTokensPerSecondMax: 100 });
    const key = await money();
    const time = new TestTime();
    const { held, path, id } = await leaveStream(key, fake, time.env);
    await path;
    expect(held.wasCancelled).toBe(true);
    const record = await recordOf(key, id);
    expect(record).toMatchObject({ end: 'client_left', estimated: true });
    const { posted, held: left } = await standing(key);
    expect(left).toBe(0);
    // All of the input that there may be, the five bytes and the piece that came, and a second.
    expect(posted).toBe(inputNanoUsd + (5 + 1 + 100) * 2000);
  });

  test('of any other target has it read on to its end, and pays its true usage', async () => {
    const fake = await one();
    const key = await money();
    const { held, sender, path, id } = await leaveStream(key, fake);
    sender.event(said(' there'));
    sender.event(chunk({}, 'stop'));
    sender.event(usageChunk(usage));
    sender.event(done);
    sender.end();
    await path;
    expect(held.wasCancelled).toBe(false);
    expect(await standing(key)).toEqual({ posted: usageNanoUsd, held: 0 });
    expect(await recordOf(key, id)).toMatchObject({ end: 'client_left', estimated: false, cost_usd: '0.00005' });
  });

  test('of which it took nothing pays for all that was generated meanwhile', async () => {
    const fake = await one(true);
    const key = await money();
    const time = new TestTime();
    const client = new AbortController();
    const sending = { ...chatSending({ ...body, stream: true }), signal: client.signal, env: time.env };
    const held = new HeldStream();
    fake.says(held.reply);
    const call = begin(key.key, sending);
    const sender = await held.sender();
    for (let word = 0; word < 500; word += 1) sender.event(said(' word'));
    sender.event(chunk({}, 'stop'));
    sender.event(usageChunk({ prompt_tokens: 10, completion_tokens: 500 }));
    sender.event(done);
    sender.end();
    const { path } = await call;
    await time.pass(1000);
    client.abort();
    await path;
    expect(await standing(key)).toEqual({ posted: 10 * 1000 + 500 * 2000, held: 0 });
  });

  test('that goes on for longer than it is read pays the hold', async () => {
    const fake = await one();
    const key = await money();
    const time = new TestTime();
    const { held, path } = await leaveStream(key, fake, time.env);
    const { held: holdNanoUsd } = await standing(key);
    await time.pass(drainMs + 1);
    await path;
    expect(held.wasCancelled).toBe(true);
    expect(await standing(key)).toEqual({ posted: holdNanoUsd, held: 0 });
  });

  test('of a target that stops, where output may be hidden, has it read on', async () => {
    const fake = await one(true, { reasoning: true });
    const key = await money();
    const { held, sender, path } = await leaveStream(key, fake);
    expect(held.wasCancelled).toBe(false);
    sender.event(chunk({}, 'stop'));
    sender.event(usageChunk(usage));
    sender.end();
    await path;
    expect(await standing(key)).toEqual({ posted: usageNanoUsd, held: 0 });
  });

  test('of an account that would rather pay the hold than wait, has it cancelled and pays it', async () => {
    const fake = await one(true);
    const key = await money({ onAbort: 'hold' });
    const { held, path } = await leaveStream(key, fake);
    await path;
    expect(held.wasCancelled).toBe(true);
    const { posted, held: left } = await standing(key);
    expect(left).toBe(0);
    expect(posted).toBeGreaterThan(2_000_000);
  });
});

describe('a client that leaves before there is an answer', () => {
  /** The call is under way when the client leaves. What becomes of it is still to be waited for. */
  const leave = async (key: TestKey, fake: FakeProvider, more: Json, env?: TestTime['env']) => {
    const client = new AbortController();
    const sending = { ...chatSending({ ...body, ...more }), signal: client.signal };
    const call = begin(key.key, { ...sending, ...(env === undefined ? {} : { env }) });
    await eventually(() => fake.calls.length === 1);
    client.abort();
    return { call };
  };

  test('has a call that is no stream read on, pays its true usage, and leaves no hold (fault 7)', async () => {
    const fake = await one();
    const gate = new Gate();
    fake.says(gate.before(completion()));
    const key = await money();
    const { call } = await leave(key, fake, {});
    gate.open();
    const { response, path } = await call;
    await path;
    expect(await standing(key)).toEqual({ posted: usageNanoUsd, held: 0 });
    const record = await recordOf(key, response.headers.get('x-request-id'));
    expect(record).toMatchObject({ end: 'client_left', estimated: false });
  });

  test('has a call that goes on and on cancelled, and pays the hold', async () => {
    const fake = await one();
    fake.says(silent);
    const key = await money();
    const time = new TestTime();
    const { call } = await leave(key, fake, {}, time.env);
    await time.rest();
    const { held } = await standing(key);
    await time.pass(drainMs + 1);
    const { response, path } = await call;
    await path;
    expect(response.status).toBe(499);
    expect(fake.calls[0]?.signal.aborted).toBe(true);
    expect(await standing(key)).toEqual({ posted: held, held: 0 });
  });

  test('has a stream cancelled that was kept back, and pays for all that may have been made since it was asked for', async () => {
    const fake = await one(true, { outputTokensPerSecondMax: 100 });
    fake.says(silent);
    const key = await money();
    const time = new TestTime();
    const client = new AbortController();
    const sending = { ...chatSending({ ...body, stream: true }), signal: client.signal, env: time.env };
    const call = begin(key.key, sending);
    while (fake.calls.length === 0) await time.rest();
    await time.pass(5000);
    client.abort();
    await (
      await call
    ).path;
    expect(await standing(key)).toEqual({ posted: inputNanoUsd + 600 * 2000, held: 0 });
  });

  test('has a stream that has not begun cancelled, where cancelling stops it, and nothing is tried again', async () => {
    const fake = await one(true);
    fake.says(silent);
    const key = await money();
    const { response, path } = await (await leave(key, fake, { stream: true })).call;
    await path;
    expect(response.status).toBe(499);
    expect(fake.arrivals).toBe(1);
    expect((await standing(key)).held).toBe(0);
    expect(await recordOf(key, response.headers.get('x-request-id'))).toMatchObject({
      end: 'client_left',
      status: 499,
    });
  });

  test('before anything was sent leaves nothing behind: no hold, no charge, and no request', async () => {
    const fake = await one();
    const key = await newKey({ limits: [{ metric: 'requests', per: 'total', max: 10 }] });
    const client = new AbortController();
    const leaving = interceptedEnv(async ({ method, ask }) => {
      const answer = await ask();
      if (method === 'admit') client.abort();
      return answer;
    });
    const { response, path } = await begin(key.key, { ...chatSending(body), signal: client.signal, env: leaving });
    await path;
    expect(response.status).toBe(499);
    expect(fake.arrivals).toBe(0);
    expect(await standing(key)).toEqual({ posted: 0, held: 0 });
  });

  test('while it waits for its turn gives its place up at once', async () => {
    const fake = await one();
    const gate = new Gate();
    fake.says(gate.before(completion()), completion());
    const limits = [
      { metric: 'concurrency', max: 1 },
      { metric: 'requests', per: 'total', max: 10 },
    ] as const;
    const key = await newKey({ waitMs: 60_000, limits: [...limits] });
    const first = chat(key, body);
    await eventually(() => fake.calls.length === 1);
    const client = new AbortController();
    const asked: string[] = [];
    const watching = interceptedEnv(async ({ method, ask }) => {
      asked.push(method);
      return ask();
    });
    const waiting = begin(key.key, { ...chatSending(body), signal: client.signal, env: watching });
    await eventually(() => asked.includes('admit'));
    client.abort();
    const { response } = await waiting;
    expect(response.status).toBe(499);
    await eventually(() => asked.includes('voidCall'));
    gate.open();
    expect(await first).toMatchObject({ status: 200 });
    expect(fake.arrivals).toBe(1);
    expect(await chat(key, body)).toMatchObject({ status: 200 });
    expect((await inspect(key)).standings).toMatchObject([{ held: 0 }, { posted: 2, held: 0 }]);
  });
});
