// Sets the clock.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Policy } from '../../../src/core/account/policy.ts';
import { interceptedEnv } from '../../support/gateway-faults.ts';
import { chat, errorOf, eventually, newKey, standing } from '../../support/gateway.ts';
import { Gate, completion, replaceFetch, servedBy } from '../../support/gateway-provider.ts';

type Limit = NonNullable<Policy['limits']>[number];

const noonMs = Date.UTC(2026, 10, 20, 12);

beforeEach(() => {
  replaceFetch();
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(noonMs);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** One call in flight under a limit that has no room for another, which waits. */
async function waiting(limit: Limit, headers: Record<string, string> = {}) {
  const [fake] = await servedBy(1);
  const gate = new Gate();
  fake?.says(gate.before(completion()));
  const key = await newKey({ waitMs: 60_000, limits: [limit] });
  const first = chat(key, { model: 'served' });
  await eventually(() => fake?.calls.length === 1);
  let asked = 0;
  const watching = interceptedEnv(async ({ method, ask }) => {
    if (method === 'admit') asked += 1;
    return ask();
  });
  const second = chat(key, { model: 'served' }, { headers, env: watching });
  await eventually(() => asked === 1);
  return { key, gate, first, second };
}

describe('a request that waits for its turn', () => {
  test('is served when the one before it has ended', async () => {
    const { gate, first, second } = await waiting({ metric: 'concurrency', max: 1 });
    gate.open();
    expect(await first).toMatchObject({ status: 200 });
    expect(await second).toMatchObject({ status: 200 });
  });

  test('and then turns out to have to wait for a window is told how long from then, and not from when it came', async () => {
    const { gate, first, second } = await waiting({ metric: 'requests', per: 'minute', max: 1 });
    vi.setSystemTime(noonMs + 20_000);
    gate.open();
    await first;
    const answer = await second;
    expect(errorOf(answer)).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    const { headers } = answer;
    expect(headers.get('retry-after')).toBe('41');
    expect(headers.get('retry-after-ms')).toBe('40938');
    expect(headers.get('x-should-retry')).toBe('true');
  });

  test('waits no longer than its client allows, and leaves nothing behind', async () => {
    const { key, gate, first, second } = await waiting(
      { metric: 'concurrency', max: 1 },
      { 'x-gateway-timeout-ms': '1000' },
    );
    // What polls lets a little time pass.
    vi.setSystemTime(noonMs + 2000);
    const answer = await second;
    expect(errorOf(answer)).toMatchObject({ status: 504, code: 'provider_timeout' });
    gate.open();
    expect(await first).toMatchObject({ status: 200 });
    await eventually(async () => (await standing(key)).held === 0);
  });
});
