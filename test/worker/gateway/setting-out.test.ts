// Sets the clock.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { gatherMs } from '../../../src/limits.ts';
import { interceptedEnv } from '../../support/gateway-faults.ts';
import { begin, chat, chatSending, newKey, standing } from '../../support/gateway.ts';
import { replaceFetch, servedBy, usage, usageNanoUsd } from '../../support/gateway-provider.ts';
import { streamed } from '../../support/gateway-stream.ts';
import { TestTime } from '../../support/gateway-time.ts';

beforeEach(() => replaceFetch());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A key, and an environment in which no settlement arrives before it may. `asked` has what set out, in order. */
async function stage() {
  const key = await newKey({ limits: [{ metric: 'usd', per: 'month', max: '1' }] });
  await chat(key);
  const time = new TestTime();
  const asked: string[] = [];
  const arrival = Promise.withResolvers<void>();
  const env = interceptedEnv(async ({ method, ask }) => {
    asked.push(method);
    if (method === 'settle') await arrival.promise;
    return ask();
  });
  return { key, time, asked, env, arrive: arrival.resolve };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await scheduler.wait(1);
}

test('an answer comes once its settlement has set out, and does not wait for what that is answered', async () => {
  await servedBy(1);
  const { key, time, asked, env, arrive } = await stage();
  const { posted } = await standing(key);
  const sending = { ...chatSending({ model: 'served' }), env };
  const first = await begin(key.key, sending);
  expect(asked).toEqual(['admit', 'settle']);
  // Soon after a settlement that set out alone, the next one waits for company.
  let isAnswered = false;
  const second = begin(key.key, sending);
  void second.then(() => (isAnswered = true));
  // The clock stands still.
  await turns();
  expect({ asked, isAnswered }).toEqual({ asked: ['admit', 'settle', 'admit'], isAnswered: false });
  await time.pass(gatherMs);
  const { response, path } = await second;
  expect(response.status).toBe(200);
  expect(asked).toEqual(['admit', 'settle', 'admit', 'settle']);
  arrive();
  await Promise.all([first.path, path]);
  expect(await standing(key)).toEqual({ posted: posted + 2 * usageNanoUsd, held: 0 });
});

test('the settlement of a stream sets out at once: its end does not wait', async () => {
  const [fake] = await servedBy(1);
  const { key, asked, env, arrive } = await stage();
  const first = await begin(key.key, { ...chatSending({ model: 'served' }), env });
  fake?.says(streamed(usage, 'Hi'));
  const second = await begin(key.key, { ...chatSending({ model: 'served', stream: true }), env });
  await second.response.text();
  await turns();
  expect(asked).toEqual(['admit', 'settle', 'admit', 'settle']);
  arrive();
  await Promise.all([first.path, second.path]);
  expect(await standing(key)).toMatchObject({ held: 0 });
});
