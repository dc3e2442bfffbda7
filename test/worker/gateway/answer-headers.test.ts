// Sets the clock.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Policy } from '../../../src/core/account/policy.ts';
import { interceptedEnv } from '../../support/gateway-faults.ts';
import {
  type Answer,
  type TestKey,
  begin,
  changeKey,
  chat,
  chatSending,
  eventually,
  newKey,
  send,
} from '../../support/gateway.ts';
import {
  Gate,
  completion,
  failure,
  putCatalog,
  replaceFetch,
  servedBy,
  usage,
} from '../../support/gateway-provider.ts';
import { skipRetryWaits } from '../../support/gateway-time.ts';
import { streamed } from '../../support/gateway-stream.ts';

type Limits = NonNullable<Policy['limits']>;

/** On the edge of a period of every window used here. */
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

const body = { model: 'served', max_completion_tokens: 20 };
const three: Limits = [
  { metric: 'usd', per: 'month', max: '1' },
  { metric: 'requests', per: 'minute', max: 10 },
  { metric: 'tokens', per: 'hour', max: 10_000 },
];

function standingsOf({ headers }: Pick<Answer, 'headers'>): Record<string, string> {
  return Object.fromEntries(
    [...headers].filter(([name]) =>
      /^(anthropic-ratelimit-|x-ratelimit-|x-gateway-(usage|limit|remaining)-usd)/.test(name),
    ),
  );
}

describe('an answer says where the account stands', () => {
  test('after it, when it is complete before its headers leave', async () => {
    await servedBy(1);
    const key = await newKey({ limits: three });
    expect(standingsOf(await chat(key, body))).toEqual({
      'x-gateway-usage-usd': '0.00005',
      'x-gateway-limit-usd': '1.00',
      'x-gateway-remaining-usd': '0.99995',
      'x-ratelimit-limit-requests': '10',
      'x-ratelimit-remaining-requests': '9',
      'x-ratelimit-reset-requests': '1m1s',
      'x-ratelimit-limit-tokens': '10000',
      'x-ratelimit-remaining-tokens': '9970',
      'x-ratelimit-reset-tokens': '1h0m57s',
    });
    expect(standingsOf(await chat(key, body))).toMatchObject({
      'x-gateway-usage-usd': '0.0001',
      'x-ratelimit-remaining-requests': '8',
      'x-ratelimit-remaining-tokens': '9940',
    });
  });

  test('with all that it holds, when it is a stream', async () => {
    const [fake] = await servedBy(1);
    fake?.says(streamed(usage, 'Hi'));
    const key = await newKey({ limits: three });
    const { headers } = await chat(key, { ...body, stream: true });
    expect(headers.get('x-gateway-usage-usd')).toBe('0.00');
    expect(Number(headers.get('x-gateway-remaining-usd'))).toBeLessThan(0.99995);
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('9');
    expect(Number(headers.get('x-ratelimit-remaining-tokens'))).toBeLessThan(9970);
  });

  test('when it only counts tokens, which takes a request and no money, and says whose they are', async () => {
    const key = await newKey({ limits: three });
    const messages = [{ role: 'user', content: 'Hello' }];
    const counted = { model: 'echo', messages };
    const answer = await send(key.key, { method: 'POST', path: '/v1/messages/count_tokens', body: counted });
    expect(answer.status).toBe(200);
    expect(standingsOf(answer)).toMatchObject({
      'x-gateway-remaining-usd': '1.00',
      'anthropic-ratelimit-requests-remaining': '9',
      'anthropic-ratelimit-tokens-remaining': '10000',
    });
    const names = ['x-gateway-provider', 'x-gateway-model', 'x-gateway-cost-usd'];
    expect(names.map((name) => answer.headers.get(name))).toEqual(['echo', 'echo', '0.00']);
  });

  test('by the tightest limit of each metric that counts the call, and by none that does not', async () => {
    await servedBy(1);
    const key = await newKey({
      limits: [
        { metric: 'usd', per: 'month', max: '5' },
        { metric: 'usd', per: 'day', max: '0.5' },
        { metric: 'usd', per: 'day', max: '0.001', models: ['other'] },
        { metric: 'requests', per: 'day', max: 100 },
        { metric: 'requests', per: 'minute', max: 500 },
        { metric: 'requests', per: 'minute', max: 1, endpoint: 'embeddings' },
      ],
    });
    expect(standingsOf(await chat(key, body))).toMatchObject({
      'x-gateway-limit-usd': '0.50',
      'x-gateway-remaining-usd': '0.49995',
      'x-ratelimit-limit-requests': '100',
      'x-ratelimit-remaining-requests': '99',
    });
  });

  test('never below nothing, also where more was charged than held (fault 17: "Remaining: -20")', async () => {
    const [fake] = await servedBy(1);
    fake?.says(completion({ prompt_tokens: 10, completion_tokens: 900_000 }));
    const answer = await chat(
      await newKey({ limits: [{ metric: 'usd', per: 'month', max: '0.1' }, three[2] ?? three[0]] as Limits }),
      body,
    );
    expect(standingsOf(answer)).toMatchObject({
      'x-gateway-usage-usd': '1.80001',
      'x-gateway-remaining-usd': '0.00',
      'x-ratelimit-remaining-tokens': '0',
    });
  });

  test('and nothing of limits that it does not have', async () => {
    expect(standingsOf(await chat(await newKey()))).toEqual({});
    const { headers } = await chat(await newKey({ limits: [{ metric: 'concurrency', max: 5 }] }));
    expect(standingsOf({ headers })).toEqual({});
  });

  test('without what others hold', async () => {
    const [fake] = await servedBy(1);
    const gate = new Gate();
    fake?.says(gate.before(completion()), completion());
    const key = await newKey({ limits: three });
    const { key: secret } = key;
    const other = begin(secret, chatSending(body));
    await eventually(() => fake?.calls.length === 1);
    const { headers } = await chat(key, body);
    expect(headers.get('x-gateway-usage-usd')).toBe('0.00005');
    expect(Number(headers.get('x-gateway-remaining-usd'))).toBeLessThan(0.9999);
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('8');
    gate.open();
    await (
      await other
    ).path;
  });

  test('of its limits after all attempts', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    skipRetryWaits();
    const [first] = await servedBy(2);
    const key = await newKey({ limits: three });
    first?.says(failure(500));
    const answer = await chat(key, body);
    expect(answer.headers.get('x-gateway-attempts')).toBe('3');
    const cost = answer.headers.get('x-gateway-cost-usd');
    expect(standingsOf(answer)).toMatchObject({ 'x-gateway-usage-usd': cost, 'x-ratelimit-remaining-requests': '9' });
  });

  test('or not at all, where its limits changed before its last attempt: no number of one limit is shown as another’s', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    skipRetryWaits();
    const [first] = await servedBy(2);
    const key: TestKey = await newKey({ limits: three });
    first?.says(failure(500));
    const changing = interceptedEnv(async ({ method, ask }) => {
      if (method === 'extend') {
        await changeKey(key, { limits: [{ metric: 'requests', per: 'day', max: 7 }, ...three.toReversed()] });
      }
      return ask();
    });
    const answer = await chat(key, body, { env: changing });
    expect(answer).toMatchObject({ status: 200 });
    expect(standingsOf(answer)).toEqual({});
    first?.says(completion());
    expect(standingsOf(await chat(key, body))).toMatchObject({
      'x-ratelimit-limit-requests': '7',
      'x-ratelimit-remaining-requests': '5',
    });
  });
});

describe('a refusal says where the account stands', () => {
  test('without the call that was refused', async () => {
    await servedBy(1);
    const key = await newKey({ limits: [...three, { metric: 'requests', per: 'day', max: 1 }] });
    await chat(key, body);
    const answer = await chat(key, body);
    expect(answer.status).toBe(429);
    expect(standingsOf(answer)).toMatchObject({
      'x-gateway-usage-usd': '0.00005',
      'x-gateway-remaining-usd': '0.99995',
      'x-ratelimit-limit-requests': '1',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-remaining-tokens': '9970',
    });
  });
});

describe('a failure says what was tried, and what it cost', () => {
  test('nothing, where the provider bills none', async () => {
    const [fake] = await servedBy(1);
    fake?.says(failure(400));
    const { status, headers } = await chat(await newKey(), body);
    expect(status).toBe(400);
    expect(headers.get('x-gateway-provider')).toBe(fake?.name);
    expect(headers.get('x-gateway-attempts')).toBe('1');
    expect(headers.get('x-gateway-cost-usd')).toBe('0.00');
  });

  test('all that each attempt may have cost, as its record says', async () => {
    skipRetryWaits();
    const fakes = await servedBy(2);
    for (const fake of fakes) fake.says(failure(500));
    const key = await newKey({ limits: three });
    const { status, headers } = await chat(key, body);
    expect(status).toBe(502);
    expect(headers.get('x-gateway-provider')).toBe(fakes[1]?.name);
    expect(headers.get('x-gateway-attempts')).toBe('4');
    const record = await send(key.key, { path: `/v1/requests/${headers.get('x-request-id')}` });
    expect(headers.get('x-gateway-cost-usd')).toBe(record.json['cost_usd']);
    expect(Number(record.json['cost_usd'])).toBeGreaterThan(0.0004);
  });

  test('and by which route it was decided', async () => {
    const routes = { safe: { strategy: 'fallback', models: ['failing'] } };
    const failing = { targets: [{ provider: 'echo', model: 'echo-error' }], contextTokens: 1000, maxOutputTokens: 50 };
    await putCatalog({ failing }, {}, { routes });
    const messages = [{ role: 'user', content: 'fail:400' }];
    const { status, headers } = await chat(await newKey(), { model: 'safe', messages });
    expect(status).toBe(400);
    expect(headers.get('x-gateway-route')).toBe('safe; reason="the first of its models"');
  });

  test('and says nothing of the sort where nobody was asked', async () => {
    const { headers } = await chat(await newKey(), { model: 'nothing' });
    for (const name of ['x-gateway-provider', 'x-gateway-attempts', 'x-gateway-cost-usd'])
      expect(headers.has(name)).toBe(false);
  });
});
