import { createExecutionContext, env } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Env } from '../../../src/env.ts';
import { CallClock } from '../../../src/gateway/request/call-clock.ts';
import { clientSignal } from '../../../src/gateway/request/client-signal.ts';
import { ClientWatch } from '../../../src/gateway/request/client-watch.ts';
import { clientLookMs } from '../../../src/limits.ts';
import { TestTime } from '../../support/gateway-time.ts';

const watched: Env = { ...env, CLIENT_WATCH_KEY: 'watch-key' };
let time: TestTime;

beforeEach(() => {
  time = new TestTime();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function asked(clientIp: string, variables: Env = watched) {
  const connection = new AbortController();
  const request = new Request('https://weir.test', { cf: { clientIp }, signal: connection.signal });
  const answer = Promise.withResolvers<void>();
  return { connection, answer, signal: clientSignal(request, variables, new CallClock(), answer.promise) };
}

async function tell(lines: string, key = 'watch-key', variables: Env = watched): Promise<number> {
  const request = new Request('http://watch', { method: 'POST', headers: { authorization: key }, body: lines });
  const { status } = await new ClientWatch(createExecutionContext(), variables).fetch(request);
  await time.rest();
  return status;
}

describe('a client that has closed its connection', () => {
  test('has left, if its call has had no answer for as long as it takes to look', async () => {
    const { signal } = asked('127.0.0.1:50818');
    await time.pass(clientLookMs);
    expect(await tell('127.0.0.1:50817\n127.0.0.2:50818')).toBe(204);
    expect(signal.aborted).toBe(false);
    expect(await tell('10.0.0.1:1\n127.0.0.1:50818')).toBe(204);
    expect(signal.aborted).toBe(true);
  });

  test.each([
    ['[::1]:81', '[0000:0000:0000:0000:0000:0000:0000:0001]:81'],
    ['[::ffff:127.0.0.1]:81', '[0000:0000:0000:0000:0000:ffff:7f00:0001]:81'],
  ])('is known as %s also if it is told as %s', async (address, told) => {
    const { signal } = asked(address);
    await time.pass(clientLookMs);
    await tell(told);
    expect(signal.aborted).toBe(true);
  });

  test('and is told too soon has left when it is told again', async () => {
    const { signal } = asked('127.0.0.1:2');
    await time.pass(clientLookMs - 1);
    await tell('127.0.0.1:2');
    expect(signal.aborted).toBe(false);
    await time.pass(1);
    await tell('127.0.0.1:2');
    expect(signal.aborted).toBe(true);
  });

  test('has not left once it is answered: it may still read', async () => {
    const { signal, answer } = asked('127.0.0.1:3');
    await time.pass(clientLookMs);
    answer.resolve();
    await time.rest();
    await tell('127.0.0.1:3');
    expect(signal.aborted).toBe(false);
  });

  test('is the one whose call came last from that address', async () => {
    const first = asked('127.0.0.1:4');
    await time.pass(clientLookMs);
    const second = asked('127.0.0.1:4');
    await time.pass(clientLookMs);
    first.answer.resolve();
    await time.rest();
    await tell('127.0.0.1:4');
    expect([first.signal.aborted, second.signal.aborted]).toEqual([false, true]);
  });

  test('is told by nobody without the key', async () => {
    const { signal } = asked('127.0.0.1:5');
    await time.pass(clientLookMs);
    expect(await tell('127.0.0.1:5', 'other-key')).toBe(404);
    expect(await tell('127.0.0.1:5', '', env)).toBe(404);
    expect(signal.aborted).toBe(false);
  });
});

test.each([
  ['looks', watched],
  ['looks not', env],
])('the runtime’s own signal counts where Weir %s', (_, variables) => {
  const { signal, connection } = asked('127.0.0.1:6', variables);
  expect(signal.aborted).toBe(false);
  connection.abort();
  expect(signal.aborted).toBe(true);
});

test('a client that had left before anybody listened has left', () => {
  const request = new Request('https://weir.test', { signal: AbortSignal.abort() });
  const signal = clientSignal(request, env, new CallClock(), Promise.resolve());
  expect(signal.aborted).toBe(true);
});
