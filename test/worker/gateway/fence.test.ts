import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fenceMs, leaseMs, renewEveryMs } from '../../../src/limits.ts';
import {
  type Json,
  type TestKey,
  begin,
  chatSending,
  errorOf,
  eventsOf,
  eventually,
  newKey,
  send,
  standing,
} from '../../support/gateway.ts';
import { type FakeProvider, replaceFetch, silent, servedByOne } from '../../support/gateway-provider.ts';
import { HeldStream, chunk, done, said, usageChunk } from '../../support/gateway-stream.ts';
import { TestTime } from '../../support/gateway-time.ts';

beforeEach(() => replaceFetch());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const body: Json = { model: 'served', max_completion_tokens: 20 };
const usage = { prompt_tokens: 10, completion_tokens: 20 };
const money = async (): Promise<TestKey> => newKey({ limits: [{ metric: 'usd', per: 'total', max: '1' }] });

/** A stream whose provider and account are both in the hand of the test. */
class LongCall {
  readonly held = new HeldStream();
  renewals = 0;
  isAccountGone = false;
  readonly time = new TestTime(async ({ method, ask }) => {
    if (method !== 'renew') return ask();
    this.renewals += 1;
    if (this.isAccountGone) throw new Error('connection lost');
    return ask();
  });

  async begin(key: TestKey, fake: FakeProvider) {
    fake.says(this.held.reply);
    const call = begin(key.key, { ...chatSending({ ...body, stream: true }), env: this.time.env });
    const sender = await this.held.sender();
    sender.event(said('Hello'));
    const { response, path } = await call;
    return { sender, path, response, text: response.text() };
  }

  /** Goes on talking, so that the call is not taken for one that has stalled. */
  async pass(ms: number, sender: Awaited<ReturnType<HeldStream['sender']>>): Promise<void> {
    for (let passed = 0; passed < ms; passed += 5000) {
      sender.event(said('.'));
      await this.time.pass(5000);
    }
  }
}

describe('a call that takes long', () => {
  test('keeps its lease for as long as it runs, and its hold with it', async () => {
    const fake = await servedByOne();
    const key = await money();
    const call = new LongCall();
    const { sender, text, path } = await call.begin(key, fake);
    const { held } = await standing(key);
    await call.pass(3 * leaseMs, sender);
    expect(call.renewals).toBe((3 * leaseMs) / renewEveryMs);
    expect(await standing(key)).toEqual({ posted: 0, held });
    for (const data of [chunk({}, 'stop'), usageChunk(usage), done]) sender.event(data);
    sender.end();
    expect(eventsOf(await text).at(-1)).toBe('[DONE]');
    await path;
    expect(await standing(key)).toEqual({ posted: 50_000, held: 0 });
    const { renewals } = call;
    await call.time.pass(leaseMs);
    expect(call.renewals).toBe(renewals);
  });

  test('and can not renew its lease ends before the lease does, so that a slot is never used twice', async () => {
    const fake = await servedByOne();
    const key = await money();
    const call = new LongCall();
    const { sender, text, path, response } = await call.begin(key, fake);
    const beganAtMs = Date.now();
    let endedAtMs = 0;
    void path.then(() => (endedAtMs = Date.now()));
    call.isAccountGone = true;
    await call.pass(leaseMs, sender);
    expect(call.held.wasCancelled).toBe(true);
    expect(endedAtMs).toBeGreaterThan(0);
    expect(endedAtMs - beganAtMs).toBeLessThanOrEqual(leaseMs - fenceMs + 5000);
    expect(call.renewals).toBeGreaterThan(3);
    const events = eventsOf(await text);
    expect(events).not.toContain('[DONE]');
    expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({ error: { code: 'ledger_unavailable' } });
    const record = await send(key.key, { path: `/v1/requests/${response.headers.get('x-request-id')}` });
    expect(record.json).toMatchObject({ end: 'fenced', estimated: true });
    expect((await standing(key)).held).toBe(0);
  });

  test('and whose account was away for a while goes on', async () => {
    const fake = await servedByOne();
    const key = await money();
    const call = new LongCall();
    const { sender, path, text } = await call.begin(key, fake);
    call.isAccountGone = true;
    await call.pass(leaseMs / 2, sender);
    call.isAccountGone = false;
    await call.pass(leaseMs, sender);
    for (const data of [chunk({}, 'stop'), usageChunk(usage), done]) sender.event(data);
    sender.end();
    await text;
    await path;
    expect(await standing(key)).toEqual({ posted: 50_000, held: 0 });
  });

  test('and whose hold has ended is ended too', async () => {
    const fake = await servedByOne();
    const key = await money();
    const call = new LongCall();
    const { sender, text, path, response } = await call.begin(key, fake);
    await env.TENANT.getByName(key.id).voidCall({ name: response.headers.get('x-request-id') ?? '' });
    await call.pass(renewEveryMs, sender);
    await path;
    expect(call.held.wasCancelled).toBe(true);
    expect(JSON.parse(eventsOf(await text).at(-1) ?? '')).toMatchObject({ error: { code: 'ledger_unavailable' } });
    expect((await standing(key)).held).toBe(0);
  });

  test('runs no longer than its client allows, and the client is told not to try again what was charged', async () => {
    const fake = await servedByOne();
    fake.says(silent);
    const key = await money();
    const time = new TestTime();
    const headers = { 'x-gateway-timeout-ms': '5000' };
    const call = send(key.key, { ...chatSending(body), headers, env: time.env });
    await eventually(() => fake.calls.length === 1);
    await time.pass(5000);
    const answer = await call;
    expect(errorOf(answer)).toMatchObject({ status: 504, code: 'provider_timeout' });
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(fake.arrivals).toBe(1);
    const { posted, held } = await standing(key);
    expect(held).toBe(0);
    expect(posted).toBeGreaterThan(0);
  });
});
