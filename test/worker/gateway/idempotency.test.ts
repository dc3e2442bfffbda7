import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { idempotencyKeyCharsMax, keptAnswerBytesMax } from '../../../src/limits.ts';
import {
  type Answer,
  type Json,
  type TestKey,
  begin,
  changeKey,
  chat,
  chatSending,
  errorOf,
  eventually,
  inspect,
  newKey,
  send,
  standing,
} from '../../support/gateway.ts';
import {
  Gate,
  breaksOff,
  completion,
  failure,
  model,
  putCatalog,
  replaceFetch,
  usageNanoUsd,
  servedByOne,
} from '../../support/gateway-provider.ts';
import { HeldStream, chunk, done, hangs, said, streamed, streaming, usageChunk } from '../../support/gateway-stream.ts';

beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

const body: Json = { model: 'served', max_completion_tokens: 1000 };
const usage = { prompt_tokens: 10, completion_tokens: 20 };

const money = async (policy = {}): Promise<TestKey> =>
  newKey({ limits: [{ metric: 'usd', per: 'total', max: '1' }], ...policy });

/** Asks with an idempotency key. */
async function ask(key: TestKey, idempotencyKey: string, more: Json = {}): Promise<Answer> {
  return chat(key, { ...body, ...more }, { headers: { 'idempotency-key': idempotencyKey } });
}

/** That the second answer is the first one again, by a request of its own. */
function expectReplay(first: Answer, second: Answer): void {
  expect(second.status).toBe(first.status);
  expect(second.text).toBe(first.text);
  expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
  expect(first.headers.get('idempotent-replayed')).toBeNull();
  expect(second.headers.get('idempotent-replayed')).toBe('true');
  expect(second.headers.get('x-gateway-original-request-id')).toBe(first.headers.get('x-request-id'));
  expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
}

describe('a repeat is answered from the first', () => {
  test('byte for byte, and takes nothing from any limit', async () => {
    const fake = await servedByOne();
    const limits = [
      { metric: 'requests', per: 'day', max: 1 },
      { metric: 'usd', per: 'total', max: '1' },
    ] as const;
    const key = await newKey({ limits: [...limits] });
    const first = await ask(key, 'order-7');
    expect(first.status).toBe(200);
    const before = await inspect(key);
    const second = await ask(key, 'order-7');
    expectReplay(first, second);
    expect(second.headers.get('x-gateway-cost-usd')).toBe('0.00');
    expect(fake.calls).toHaveLength(1);
    const after = await inspect(key);
    expect(after.standings).toEqual(before.standings);
    expect(after.spend).toEqual(before.spend);
    expect(after.byModel).toEqual(before.byModel);
    // It is no call of its own, and has no record.
    const record = await send(key.key, { path: `/v1/requests/${second.headers.get('x-request-id')}` });
    expect(record.status).toBe(404);
  });

  test('as a stream, with what it cost, and without what only kept the connection alive', async () => {
    const fake = await servedByOne();
    const held = new HeldStream();
    fake.says(held.reply);
    const key = await money();
    const first = ask(key, 'order-7', { stream: true });
    const sender = await held.sender();
    sender.event(said('Hello'));
    // Long enough for a comment that keeps the connection alive.
    await scheduler.wait(1000);
    for (const event of [said(' you'), chunk({}, 'stop'), usageChunk(usage), done]) sender.event(event);
    sender.end();
    const answer = await first;
    expect(answer.text).toContain(': keep-alive\n\n');
    const second = await ask(key, 'order-7', { stream: true });
    expectReplay({ ...answer, text: answer.text.replaceAll(': keep-alive\n\n', '') }, second);
    expect(second.text).toContain(': cost_usd=0.00005\n\n');
    expect(second.text).toMatch(/data: \[DONE\]\n\n$/);
    expect(fake.calls).toHaveLength(1);
    expect(await standing(key)).toMatchObject({ posted: usageNanoUsd, held: 0 });
  });

  test.each([
    ['/v1/messages', { model: 'echo', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] }],
    ['/v1/responses', { model: 'echo', input: 'Hello' }],
    ['/v1/embeddings', { model: 'echo-embedding', input: 'Hello' }],
  ])('at %s, streaming and not', async (path, request) => {
    const targets = [{ provider: 'echo', model: 'echo-embedding' }];
    await putCatalog({ 'echo-embedding': { ...model(), targets, endpoints: ['embeddings'] } }, {});
    const key = await money();
    for (const stream of path === '/v1/embeddings' ? [false] : [false, true]) {
      const sending = { method: 'POST', path, headers: { 'idempotency-key': `order-${stream}` } };
      const repeated = { ...sending, body: stream ? { ...request, stream } : request };
      const first = await send(key.key, repeated);
      expect(first).toMatchObject({ status: 200 });
      expectReplay(first, await send(key.key, repeated));
    }
  });

  test('also when the call could not be planned any more', async () => {
    await servedByOne();
    const key = await money();
    const first = await ask(key, 'order-7');
    await changeKey(key, { models: { deny: ['served'] } });
    expectReplay(first, await ask(key, 'order-7'));
    expect(errorOf(await ask(key, 'order-8'))).toMatchObject({ status: 400, code: 'model_not_allowed' });
  });

  test('when its client left the stream, though the target would have stopped', async () => {
    const fake = await servedByOne();
    const targets = [{ provider: fake.name, model: 'm', cancels: true }];
    await putCatalog({ served: { ...model(fake), targets } }, { [fake.name]: fake.entry() });
    const held = new HeldStream();
    fake.says(held.reply);
    const key = await money();
    const client = new AbortController();
    const headers = { 'idempotency-key': 'order-7' };
    const sending = { ...chatSending({ ...body, stream: true }), signal: client.signal, headers };
    const call = begin(key.key, sending);
    const sender = await held.sender();
    sender.event(said('Hello'));
    const { response, path } = await call;
    await response.body?.getReader().read();
    client.abort();
    for (const event of [said(' you'), chunk({}, 'stop'), usageChunk(usage), done]) sender.event(event);
    sender.end();
    await path;
    expect(held.wasCancelled).toBe(false);
    const second = await ask(key, 'order-7', { stream: true });
    expect(second).toMatchObject({ status: 200, text: expect.stringMatching(/Hello.* you.*data: \[DONE\]\n\n$/s) });
    expect(fake.calls).toHaveLength(1);
    expect(await standing(key)).toMatchObject({ posted: usageNanoUsd, held: 0 });
  });
});

describe('a repeat is refused with 409', () => {
  test('while the first runs, and answered when it has ended', async () => {
    const fake = await servedByOne();
    const gate = new Gate();
    fake.says(gate.before(completion()));
    const key = await money();
    const first = ask(key, 'order-7');
    await eventually(() => fake.calls.length === 1);
    const early = await ask(key, 'order-7');
    expect(errorOf(early)).toMatchObject({ status: 409, code: 'idempotency_in_progress' });
    expect(early.headers.get('retry-after-ms')).toBe('1000');
    expect(early.headers.get('x-should-retry')).toBe('true');
    gate.open();
    expectReplay(await first, await ask(key, 'order-7'));
    expect(fake.calls).toHaveLength(1);
  });

  test('when many come at once: one of them is made', async () => {
    const fake = await servedByOne();
    const gate = new Gate();
    fake.says(gate.before(completion()));
    const key = await money();
    const answers = Array.from({ length: 20 }, async () => ask(key, 'order-7'));
    await eventually(() => fake.calls.length === 1);
    gate.open();
    const statuses = (await Promise.all(answers)).map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses[0]).toBe(200);
    expect(statuses.every((status) => status === 200 || status === 409)).toBe(true);
    expect(fake.calls).toHaveLength(1);
    expect(await standing(key)).toMatchObject({ posted: usageNanoUsd, held: 0 });
  });

  test('with another body, or another query', async () => {
    const fake = await servedByOne();
    const key = await money();
    await ask(key, 'order-7');
    const other = await ask(key, 'order-7', { temperature: 0 });
    expect(errorOf(other)).toMatchObject({ status: 409, code: 'idempotency_mismatch', param: 'idempotency-key' });
    expect(other.headers.get('x-should-retry')).toBe('false');
    const headers = { 'idempotency-key': 'order-7' };
    const query = await chat(key, body, { path: '/v1/chat/completions?api-version=2', headers });
    expect(errorOf(query)).toMatchObject({ code: 'idempotency_mismatch' });
    expect(fake.calls).toHaveLength(1);
  });

  test('when its answer is larger than is kept, and is not charged again', async () => {
    const fake = await servedByOne();
    const key = await money();
    fake.says(completion(usage, 'x'.repeat(keptAnswerBytesMax)));
    expect(await ask(key, 'whole')).toMatchObject({ status: 200 });
    fake.says(streamed(usage, 'x'.repeat(keptAnswerBytesMax)));
    expect(await ask(key, 'stream', { stream: true })).toMatchObject({ status: 200 });
    const whole = await ask(key, 'whole');
    expect(errorOf(whole)).toMatchObject({ status: 409, code: 'idempotency_unreplayable' });
    expect(whole.headers.get('x-should-retry')).toBe('false');
    expect(errorOf(await ask(key, 'stream', { stream: true }))).toMatchObject({ code: 'idempotency_unreplayable' });
    expect(fake.calls).toHaveLength(2);
    expect(await standing(key)).toMatchObject({ posted: 2 * usageNanoUsd, held: 0 });
  });

  test('where the policy keeps no answers, and is not charged again', async () => {
    const fake = await servedByOne();
    const key = await money({ idempotency: 'charge-only' });
    expect(await ask(key, 'order-7')).toMatchObject({ status: 200 });
    expect(errorOf(await ask(key, 'order-7'))).toMatchObject({ status: 409, code: 'idempotency_unreplayable' });
    expect(fake.calls).toHaveLength(1);
    expect(await standing(key)).toMatchObject({ posted: usageNanoUsd, held: 0 });
  });
});

describe('a key', () => {
  test('can be used again after a refusal, and after a failure that cost nothing', async () => {
    const fake = await servedByOne();
    const key = await newKey({ limits: [{ metric: 'requests', per: 'day', max: 0 }] });
    expect(await ask(key, 'order-7')).toMatchObject({ status: 429 });
    await changeKey(key, { limits: [{ metric: 'usd', per: 'total', max: '1' }] });
    fake.says(failure(422), completion());
    expect(await ask(key, 'order-7')).toMatchObject({ status: 422 });
    const made = await ask(key, 'order-7');
    expect(made.status).toBe(200);
    expectReplay(made, await ask(key, 'order-7'));
    expect(fake.calls).toHaveLength(2);
  });

  test('whose call failed and was charged gets that failure again', async () => {
    const fake = await servedByOne();
    fake.says(breaksOff);
    const key = await money();
    const headers = { 'idempotency-key': 'order-7', 'x-gateway-fallback': 'fail' };
    const first = await chat(key, body, { headers });
    expect(errorOf(first)).toMatchObject({ status: 502, code: 'provider_error' });
    const { posted } = await standing(key);
    expect(posted).toBeGreaterThan(0);
    const calls = fake.calls.length;
    const second = await chat(key, body, { headers });
    expectReplay(first, second);
    expect(second.headers.get('x-should-retry')).toBe('false');
    expect(fake.calls).toHaveLength(calls);
    expect(await standing(key)).toMatchObject({ posted, held: 0 });
  });

  test('whose stream failed on its way gets the same failing stream again', async () => {
    const fake = await servedByOne();
    // What it used may follow, and is waited for: meanwhile a comment keeps the connection alive.
    fake.says(streaming(said('Hello'), JSON.stringify({ error: { message: 'out of luck' } }), hangs));
    const key = await money();
    const first = await ask(key, 'order-7', { stream: true });
    expect(first.text).toContain('out of luck');
    const told = { ...first, text: first.text.replaceAll(': keep-alive\n\n', '') };
    expectReplay(told, await ask(key, 'order-7', { stream: true }));
    expect(fake.calls).toHaveLength(1);
  });

  test('is another one at another endpoint, and for another API key', async () => {
    await putCatalog({}, {});
    const key = await money();
    const headers = { 'idempotency-key': 'order-7' };
    expect(await chat(key, {}, { headers })).toMatchObject({ status: 200 });
    const request = { model: 'echo', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] };
    const elsewhere = await send(key.key, { method: 'POST', path: '/v1/messages', headers, body: request });
    expect(elsewhere).toMatchObject({ status: 200 });
    expect(elsewhere.headers.get('idempotent-replayed')).toBeNull();
    const other = await chat(await money(), {}, { headers });
    expect(other).toMatchObject({ status: 200 });
    expect(other.headers.get('idempotent-replayed')).toBeNull();
  });

  test(`is of 1 to ${idempotencyKeyCharsMax} printable characters`, async () => {
    await servedByOne();
    const key = await money();
    expect(await ask(key, 'x'.repeat(idempotencyKeyCharsMax))).toMatchObject({ status: 200 });
    expect(await ask(key, '~ ! a')).toMatchObject({ status: 200 });
    for (const wrong of ['', 'x'.repeat(idempotencyKeyCharsMax + 1), 'caf\u00e9', 'a\tb']) {
      const error = errorOf(await ask(key, wrong));
      expect(error).toMatchObject({ status: 400, code: 'invalid_request', param: 'idempotency-key' });
      expect(error['message']).toContain('idempotency-key must be of 1 to 255 printable ASCII characters');
    }
  });
});
