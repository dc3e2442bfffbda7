// A runtime of its own: it loads modules anew.

import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type worker from '../../../src/worker.ts';
import { changeKey, chatSending, eventually, hello, newKey, standing } from '../../support/gateway.ts';
import {
  FakeProvider,
  Gate,
  completion,
  replaceFetch,
  servedBy,
  usageNanoUsd,
} from '../../support/gateway-provider.ts';

type Router = typeof worker;

/** The Worker, loaded several times: these share nothing but the bindings, as isolates in different places do. */
const routers: Router[] = [];
const routerCount = 5;
const callsEach = 10;
let provider = new FakeProvider();

beforeAll(async () => {
  while (routers.length < routerCount) {
    vi.resetModules();
    routers.push((await import('../../../src/worker.ts')).default);
  }
  const [served] = await servedBy(1);
  provider = served ?? provider;
});
beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

/** A call that is answered and settled. Answers its status. */
async function callThrough(router: Router, key: string): Promise<number> {
  const { path = '' } = chatSending();
  const body = JSON.stringify({ model: 'served', messages: hello, max_completion_tokens: 20 });
  const request = new Request<unknown, IncomingRequestCfProperties>(`https://weir.test${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body,
  });
  const tasks: Promise<unknown>[] = [];
  // What follows a call is waited for here; health reports, which come later, are not.
  const context = {
    waitUntil: (task: Promise<unknown>) => void tasks.push(task),
    passThroughOnException: () => undefined,
    props: {},
  } as unknown as ExecutionContext;
  const response = await router.fetch(request, env, context);
  await response.text();
  await tasks[0];
  return response.status;
}

test('routers that know nothing of each other share one limit, and none has one of its own (fault 2: per replica)', async () => {
  const gate = new Gate();
  provider.says(gate.before(completion()));
  const key = await newKey({ limits: [{ metric: 'usd', per: 'month', max: '0.002' }] });
  let refused = 0;
  const calls = routers.flatMap((router) =>
    Array.from({ length: callsEach }, async () => {
      const status = await callThrough(router, key.key);
      if (status === 429) refused += 1;
      return status;
    }),
  );
  await eventually(() => provider.arrivals + refused === routerCount * callsEach);
  gate.open();
  const served = (await Promise.all(calls)).filter((status) => status === 200).length;
  expect(served).toBe(provider.arrivals);
  // What is held for one call is below 0.0003 dollars and above 0.0001: one router alone admits as many.
  expect(served).toBeGreaterThanOrEqual(6);
  expect(served).toBeLessThanOrEqual(20);
  expect(await standing(key)).toEqual({ posted: served * usageNanoUsd, held: 0 });
});

test('a limit that is lowered binds the very next call of every router, whatever it remembers (fault 2)', async () => {
  provider.says(completion());
  const key = await newKey({ limits: [{ metric: 'requests', per: 'total', max: 100 }] });
  for (const router of routers) expect(await callThrough(router, key.key)).toBe(200);
  await changeKey(key, { limits: [{ metric: 'requests', per: 'total', max: routerCount }] });
  for (const router of routers) expect(await callThrough(router, key.key)).toBe(429);
  expect(await standing(key)).toEqual({ posted: routerCount, held: 0 });
});
