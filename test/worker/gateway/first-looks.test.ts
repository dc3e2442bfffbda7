import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { firstLooks } from '../../../src/gateway/request/first-looks.ts';
import { policies } from '../../../src/gateway/request/policy-cache.ts';
import { interceptedEnv } from '../../support/gateway-faults.ts';
import { TestTime } from '../../support/gateway-time.ts';
import { begin, chat, chatSending, errorOf, eventually, inspect, newKey, send } from '../../support/gateway.ts';

let asked: string[] = [];
const watchedEnv = interceptedEnv(async ({ method, ask }) => {
  asked.push(method);
  return ask();
});
/** The line is as long as the test wants it to be. */
let turn: PromiseWithResolvers<void>;
let waiting = 0;

beforeEach(() => {
  asked = [];
  waiting = 0;
  turn = Promise.withResolvers();
  vi.spyOn(firstLooks, 'inTurn').mockImplementation(async (look, heard) => {
    waiting += 1;
    await turn.promise;
    return heard?.() ?? look();
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('while a thread has enough to do with new accounts', () => {
  test('another that is new waits for its turn, whatever it is asked for first, and is served then', async () => {
    const [caller, reader] = [await newKey(), await newKey()];
    const call = chat(caller, {}, { env: watchedEnv });
    const models = send(reader.key, { path: '/v1/models', env: watchedEnv });
    await eventually(() => waiting === 2);
    expect(asked).toEqual([]);
    turn.resolve();
    expect(await call).toMatchObject({ status: 200 });
    expect(await models).toMatchObject({ status: 200 });
  });

  test('one that the isolate knows does not wait', async () => {
    const key = await newKey();
    turn.resolve();
    await chat(key);
    turn = Promise.withResolvers();
    expect(await chat(key)).toMatchObject({ status: 200 });
    expect(await send(key.key, { path: '/v1/usage' })).toMatchObject({ status: 200 });
    expect(waiting).toBe(1);
  });

  test('one that the isolate hears of while it waits is not asked', async () => {
    const key = await newKey();
    const calls = [chat(key, {}, { env: watchedEnv }), chat(key, {}, { env: watchedEnv })];
    await eventually(() => waiting === 2);
    policies.set((await inspect(key)).account);
    turn.resolve();
    for (const answer of await Promise.all(calls)) expect(answer).toMatchObject({ status: 200 });
    expect(asked).not.toContain('usage');
  });

  test('and that may not use a model is refused that by the account, and not from memory', async () => {
    const key = await newKey({ models: { deny: ['echo'] } });
    const call = chat(key, {}, { env: watchedEnv });
    await eventually(() => waiting === 1);
    policies.set((await inspect(key)).account);
    turn.resolve();
    expect(errorOf(await call)).toMatchObject({ status: 400, code: 'model_not_allowed' });
    expect(asked).toContain('usage');
  });

  test('one whose client has left is not asked when its turn comes', async () => {
    const key = await newKey();
    const client = new AbortController();
    const begun = begin(key.key, { ...chatSending(), signal: client.signal, env: watchedEnv });
    await eventually(() => waiting === 1);
    client.abort();
    const { response, path } = await begun;
    expect(response.status).toBe(499);
    await path;
    turn.resolve();
    await new Promise((resolve) => void setTimeout(resolve, 0));
    expect(asked).toEqual([]);
  });

  test('one whose time is over is told so, and is not asked when its turn comes', async () => {
    const key = await newKey();
    const time = new TestTime();
    const call = chat(key, {}, { ...chatSending(), headers: { 'x-gateway-timeout-ms': '1000' }, env: watchedEnv });
    await eventually(() => waiting === 1);
    await time.pass(1000);
    expect(errorOf(await call)).toMatchObject({ status: 504, message: expect.stringContaining('turn') });
    turn.resolve();
    await time.rest();
    expect(asked).toEqual([]);
  });
});
