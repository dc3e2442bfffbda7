import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Policy } from '../../../src/core/account/policy.ts';
import {
  type Answer,
  type Json,
  type TestKey,
  begin,
  chat,
  chatSending,
  eventually,
  hello,
  inspect,
  newKey,
  send,
  standing,
} from '../../support/gateway.ts';
import {
  type FakeProvider,
  Gate,
  type Reply,
  completion,
  replaceFetch,
  servedBy,
  usage,
  usageNanoUsd,
} from '../../support/gateway-provider.ts';
import { HeldStream, streamed } from '../../support/gateway-stream.ts';

type Limit = NonNullable<Policy['limits']>[number];

beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

const crowd = 100;

/** A hundred clients at once, all of them in flight together. */
async function rush(
  limits: Limit[],
  body: Json = {},
  reply?: Reply,
): Promise<{ key: TestKey; answers: Answer[]; fake: FakeProvider }> {
  const [fake] = await servedBy(1);
  if (fake === undefined) throw new Error('no server');
  const gate = new Gate();
  fake.says(gate.before(reply ?? (body['stream'] === true ? streamed(usage, 'Hi') : completion())));
  const key = await newKey({ limits });
  const sending = Array.from({ length: crowd }, async () =>
    chat(key, { model: 'served', max_completion_tokens: 20, ...body }),
  );
  let refused = 0;
  for (const each of sending) void each.then(({ status }) => (refused += status === 429 ? 1 : 0));
  await eventually(() => fake.calls.length + refused === crowd);
  gate.open();
  return { key, answers: await Promise.all(sending), fake };
}

const served = (answers: readonly Answer[]): number => answers.filter(({ status }) => status === 200).length;

describe('of a hundred concurrent requests', () => {
  test('no more are served than the money allows, however little each then costs (fault 1: check, call, add up later)', async () => {
    const { key, answers, fake } = await rush([{ metric: 'usd', per: 'month', max: '0.002' }]);
    // What is held for one is below 0.0003 dollars and above 0.0001.
    expect(served(answers)).toBeGreaterThanOrEqual(6);
    expect(served(answers)).toBeLessThanOrEqual(20);
    expect(fake.arrivals).toBe(served(answers));
    expect(await standing(key)).toEqual({ posted: served(answers) * usageNanoUsd, held: 0 });
  });

  test('no token is used beyond the limit though every answer uses all it may (fault 1)', async () => {
    const all: Reply = (call) =>
      completion({ prompt_tokens: 40, completion_tokens: Number(call.json['max_completion_tokens']) })(call);
    const { key, answers } = await rush([{ metric: 'tokens', per: 'minute', max: 1000 }], {}, all);
    const { posted, held } = await standing(key);
    expect(held).toBe(0);
    expect(posted).toBe(served(answers) * 60);
    expect(posted).toBeLessThanOrEqual(1000);
  });

  test('of an account that has never been used, no more pass than of any other (fault 3: concurrent first requests)', async () => {
    const { key, answers } = await rush([{ metric: 'requests', per: 'total', max: 3 }]);
    expect(served(answers)).toBe(3);
    expect(await standing(key)).toEqual({ posted: 3, held: 0 });
  });

  test('as many are in flight as the limit of concurrency allows, and not one more', async () => {
    const { key, answers, fake } = await rush([{ metric: 'concurrency', max: 7 }]);
    expect(fake.arrivals).toBe(7);
    expect(served(answers)).toBe(7);
    expect(await standing(key)).toEqual({ posted: 0, held: 0 });
  });

  test('as many streams are open as their limit allows, and not one more', async () => {
    const { key, answers, fake } = await rush([{ metric: 'streams', max: 5 }], { stream: true });
    expect(fake.arrivals).toBe(5);
    expect(served(answers)).toBe(5);
    expect(await standing(key)).toEqual({ posted: 0, held: 0 });
  });

  test('those refused for concurrency use up nothing of the rate limit (fault 9)', async () => {
    const limits: Limit[] = [
      { metric: 'requests', per: 'day', max: 10 },
      { metric: 'concurrency', max: 4 },
    ];
    const { key, answers } = await rush(limits);
    expect(served(answers)).toBe(4);
    expect(await standing(key)).toEqual({ posted: 4, held: 0 });
    for (let more = 0; more < 6; more += 1) expect(await chat(key, { model: 'served' })).toMatchObject({ status: 200 });
    expect(await chat(key, { model: 'served' })).toMatchObject({ status: 429 });
  });

  test('those refused for their size use up nothing of the window (fault 10: a refused weighted request had taken its weight)', async () => {
    const [fake] = await servedBy(1);
    const key = await newKey({ limits: [{ metric: 'tokens', per: 'day', max: 2000 }] });
    const large = Array.from({ length: crowd }, async () =>
      chat(key, { model: 'served', max_completion_tokens: 5000 }),
    );
    expect(served(await Promise.all(large))).toBe(0);
    expect(await chat(key, { model: 'served', max_completion_tokens: 1500 })).toMatchObject({ status: 200 });
    expect(fake?.arrivals).toBe(1);
  });
});

describe('limits', () => {
  test('bind every endpoint that uses a model, and there is no way around them (fault 4)', async () => {
    const key = await newKey({ limits: [{ metric: 'requests', per: 'total', max: 0 }] });
    expect(await chat(key)).toMatchObject({ status: 429 });
    const others: readonly (readonly [string, object])[] = [
      ['/v1/responses', { model: 'echo', input: 'Hello' }],
      ['/v1/messages', { model: 'echo', max_tokens: 5, messages: hello }],
      ['/v1/messages/count_tokens', { model: 'echo', messages: hello }],
      ['/v1/embeddings', { model: 'echo/echo-embedding', input: 'Hello' }],
    ];
    for (const [path, body] of others) {
      expect(await send(key.key, { method: 'POST', path, body }), path).toMatchObject({ status: 429 });
    }
    for (const path of [
      '/v1/completions',
      '/v1/audio/speech',
      '/v1/images/generations',
      '/openai/v1/chat/completions',
    ]) {
      expect(await send(key.key, { ...chatSending(), path }), path).toMatchObject({ status: 404 });
    }
  });

  test('of money refuse a model without a price (fault 5)', async () => {
    const [fake] = await servedBy(1, {}, { price: undefined });
    const key = await newKey({ limits: [{ metric: 'usd', per: 'month', max: '9000000' }] });
    expect(await chat(key, { model: 'served' })).toMatchObject({
      status: 400,
      json: { error: { code: 'unbounded_cost' } },
    });
    expect(await chat(key, { model: `${fake?.name}/anything` })).toMatchObject({ status: 400 });
    expect(fake?.arrivals).toBe(0);
  });

  test('that are small let the first small request pass (fault 11: a floor in the estimate)', async () => {
    const key = await newKey({ limits: [{ metric: 'tokens', per: 'minute', max: 60 }] });
    const answer = await chat(key, { messages: [{ role: 'user', content: 'Hi' }] });
    expect(answer).toMatchObject({ status: 200 });
    expect(Number(answer.headers.get('x-gateway-output-cap'))).toBeLessThan(30);
  });

  test('nearly unused are not blocked by what an agent’s parallel calls may cost at worst (fault 12)', async () => {
    const { key, answers } = await rush([{ metric: 'usd', per: 'month', max: '0.02' }], {
      max_completion_tokens: undefined,
    });
    // A default of 1000 tokens of output each would be 0.0021 dollars: room for nine, if no cap were lowered to what is left.
    expect(served(answers)).toBeGreaterThanOrEqual(10);
    const { held, posted } = await standing(key);
    expect(held).toBe(0);
    expect(posted).toBeLessThanOrEqual(20_000_000);
  });

  test('bind the request that would overrun them, and not only the one after it (fault 21)', async () => {
    const [fake] = await servedBy(1);
    const key = await newKey({ limits: [{ metric: 'usd', per: 'total', max: '0.0001' }] });
    const answer = await chat(key, { model: 'served', max_completion_tokens: 1000 });
    expect(answer).toMatchObject({ status: 429 });
    expect(fake?.arrivals).toBe(0);
  });

  test('of streams do not count what is no stream, and of concurrency count both', async () => {
    const held = [new HeldStream(), new HeldStream()] as const;
    const [fake] = await servedBy(1);
    const key = await newKey({
      limits: [
        { metric: 'streams', max: 1 },
        { metric: 'concurrency', max: 2 },
      ],
    });
    fake?.says(held[0].reply, completion(), held[1].reply);
    void begin(key.key, chatSending({ model: 'served', stream: true }));
    const sender = await held[0].sender();
    expect(await chat(key, { model: 'served' })).toMatchObject({ status: 200 });
    expect(await chat(key, { model: 'served', stream: true })).toMatchObject({ status: 429 });
    const { standings } = await inspect(key);
    expect(standings).toMatchObject([{ held: 1 }, { held: 1 }]);
    sender.end();
    await eventually(async () => (await inspect(key)).standings.every(({ held: left }) => left === 0));
  });

  test('do not refuse a client that makes one call after the other under a concurrency of one', async () => {
    const key = await newKey({
      limits: [
        { metric: 'concurrency', max: 1 },
        { metric: 'streams', max: 1 },
      ],
    });
    for (let call = 0; call < 5; call += 1) {
      const { response } = await begin(key.key, chatSending({ stream: call % 2 === 0 }));
      expect(response.status).toBe(200);
      await response.text();
    }
  });

  test('of money and tokens are kept in their own units, to the last digit (fault 20)', async () => {
    await servedBy(1);
    const limits: Limit[] = [
      { metric: 'usd', per: 'day', max: '0.123456789' },
      { metric: 'tokens', per: 'day', max: 100_000 },
      { metric: 'requests', per: 'day', max: 50 },
    ];
    const key = await newKey({ limits });
    const { headers } = await chat(key, { model: 'served' });
    expect(headers.get('x-gateway-limit-usd')).toBe('0.123456789');
    expect(headers.get('x-gateway-remaining-usd')).toBe('0.123406789');
    expect(headers.get('x-ratelimit-remaining-tokens')).toBe('99970');
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('49');
    expect((await inspect(key)).standings.map(({ posted }) => posted)).toEqual([usageNanoUsd, 30, 1]);
  });
});
