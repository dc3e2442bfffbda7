// Sets the clock.

import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { providerNameCharsMax } from '../../../src/limits.ts';
import { type Answer, type Json, chat, errorOf, newKey, send, standing } from '../../support/gateway.ts';
import {
  FakeProvider,
  completion,
  failure,
  model,
  putCatalog,
  replaceFetch,
  servedBy,
} from '../../support/gateway-provider.ts';
import { skipRetryWaits } from '../../support/gateway-time.ts';

beforeEach(() => {
  replaceFetch();
  vi.spyOn(Math, 'random').mockReturnValue(0);
  skipRetryWaits();
});
afterEach(() => void vi.restoreAllMocks());

const body: Json = { model: 'served', max_completion_tokens: 20 };
const secret = 'sk-live-a1b2c3d4e5f6';
const withSecret = { env: { ...env, FAKE_KEY: secret } as typeof env };

async function ask(fake: FakeProvider | undefined, ...replies: Parameters<FakeProvider['says']>): Promise<Answer> {
  fake?.says(...replies);
  return chat(await newKey(), body, withSecret);
}

test('a provider that is overloaded from the beginning is told to clients of Anthropic as overloaded', async () => {
  const [fake] = await servedBy(1);
  fake?.says(failure(529));
  const messages = { model: 'served', max_tokens: 20, messages: [{ role: 'user', content: 'Hello' }] };
  const answer = await send((await newKey()).key, { method: 'POST', path: '/v1/messages', body: messages });
  expect(answer.status).toBe(529);
  expect(answer.json).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } });
});

describe('what a provider says against a request goes to the client as it came', () => {
  test.each([
    [400, { type: 'invalid_request_error', code: 'context_length_exceeded', param: 'messages' }],
    [404, { type: 'invalid_request_error', code: 'model_not_found', param: null }],
    [409, { type: 'conflict_error', code: 'busy' }],
    [413, { type: 'invalid_request_error', code: 'too_big' }],
    [422, { type: 'invalid_request_error', code: 'unprocessable' }],
    [418, {}],
  ])('%i', async (status, said) => {
    const fakes = await servedBy(2);
    const answer = await ask(fakes[0], failure(status, { message: 'No.', ...said }));
    expect(answer.status).toBe(status);
    expect(errorOf(answer)).toMatchObject({ message: 'No.', param: null, ...said });
    expect(errorOf(answer)['request_id']).toBe(answer.headers.get('x-request-id'));
    expect(fakes.map(({ arrivals }) => arrivals)).toEqual([1, 0]);
  });

  test('and costs nothing but the request', async () => {
    const [fake] = await servedBy(1);
    fake?.says(failure(400));
    const key = await newKey({ limits: [{ metric: 'usd', per: 'total', max: '1' }] });
    const answer = await chat(key, body);
    expect(await standing(key)).toEqual({ posted: 0, held: 0 });
    const record = await send(key.key, { path: `/v1/requests/${answer.headers.get('x-request-id')}` });
    expect(record.json).toMatchObject({
      end: 'provider_refused',
      status: 400,
      cost_usd: '0.00',
      attempts: 1,
      estimated: false,
    });
  });
});

test.each([
  ['nothing', null],
  ['what it may have used', { input_tokens: 10, output_tokens: 20, total_tokens: 30 }],
])('a response that failed is charged %s, as it says that it used something or not', async (_, said) => {
  const [fake] = await servedBy(1, { protocols: ['responses'], billsFailures: false });
  const error = { code: 'invalid_prompt', message: 'It was found out late.' };
  fake?.says(() => Response.json({ id: 'r', object: 'response', status: 'failed', error, output: [], usage: said }));
  const key = await newKey({ limits: [{ metric: 'tokens', per: 'total', max: 10_000 }] });
  const request = { model: 'served', input: 'Hello', max_output_tokens: 20 };
  const answer = await send(key.key, { method: 'POST', path: '/v1/responses', body: request });
  expect(answer.status).toBe(400);
  const { posted, held } = await standing(key);
  expect(held).toBe(0);
  if (said === null) expect(posted).toBe(0);
  else expect(posted).toBeGreaterThanOrEqual(said.total_tokens);
});

describe('the gateway’s own credential', () => {
  test.each([401, 402, 403])(
    'that is refused with %i is no fault of the client: 502, and never 401',
    async (status) => {
      const [fake] = await servedBy(1, { secret: 'FAKE_KEY' });
      const answer = await ask(fake, failure(status, { message: `Incorrect API key provided: ${secret}` }));
      expect(errorOf(answer)).toMatchObject({ status: 502, type: 'api_error', code: 'provider_error' });
      expect(answer.text).not.toContain(secret);
      expect(answer.text).toContain('[redacted]');
      expect(answer.headers.get('x-should-retry')).toBe('false');
      expect(fake?.arrivals).toBe(1);
    },
  );

  test('that was refused is not used again for an hour: the client’s next request goes past it', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const [first, next] = await servedBy(2, { secret: 'FAKE_KEY' });
    const key = await newKey();
    first?.says(failure(401), completion());
    for (let call = 0; call < 2; call += 1) expect(await chat(key, body, withSecret)).toMatchObject({ status: 200 });
    expect([first?.arrivals, next?.arrivals]).toEqual([1, 2]);
    vi.setSystemTime(Date.now() + 60 * 60_000 + 1);
    expect(await chat(key, body, withSecret)).toMatchObject({ status: 200 });
    expect(first?.arrivals).toBe(2);
    vi.useRealTimers();
  });

  test('that has nothing left, as a 429 may say, is not retried', async () => {
    const [fake] = await servedBy(1);
    const answer = await ask(fake, failure(429, { code: 'insufficient_quota' }));
    expect(errorOf(answer)).toMatchObject({ status: 502, code: 'provider_error' });
    expect(fake?.arrivals).toBe(1);
  });

  test('never appears in what a provider quotes, whatever the status', async () => {
    const [fake] = await servedBy(1, { secret: 'FAKE_KEY' });
    const quoted = { message: `Bad ${secret} and sk-proj-9876543210 and Bearer abc.def`, param: 'x' };
    for (const status of [400, 500]) {
      const answer = await ask(fake, failure(status, quoted));
      expect(answer.text).not.toMatch(/a1b2c3d4e5f6|9876543210|abc\.def/);
    }
  });
});

describe('when every target', () => {
  test('is limiting its rate, so is the answer', async () => {
    const fakes = await servedBy(2);
    for (const fake of fakes) fake.says(failure(429, {}, { 'retry-after': '30' }));
    const key = await newKey();
    const answer = await chat(key, body);
    expect(errorOf(answer)).toMatchObject({ status: 429, type: 'rate_limit_error', code: 'provider_rate_limited' });
    expect(answer.headers.get('retry-after')).toBe('30');
    expect(fakes.map(({ arrivals }) => arrivals)).toEqual([1, 1]);
    const again = await chat(key, body);
    expect(errorOf(again)).toMatchObject({ status: 429, code: 'provider_rate_limited' });
    expect(fakes.map(({ arrivals }) => arrivals)).toEqual([1, 1]);
    expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(20);
  });

  test('is turned off, the client is told what is missing', async () => {
    const fake = new FakeProvider();
    await putCatalog({ served: model(fake) }, { [fake.name]: fake.entry({ secret: 'NOT_SET' }) });
    const answer = await chat(await newKey(), body);
    expect(errorOf(answer)).toMatchObject({
      status: 503,
      code: 'provider_unavailable',
      message: expect.stringContaining('NOT_SET'),
    });
  });
});

describe('an answer that is none', () => {
  test('because it leads elsewhere is not followed', async () => {
    const fakes = await servedBy(2);
    const elsewhere = 'https://elsewhere.example.com/';
    const redirect = (): Response => new Response(null, { status: 307, headers: { location: elsewhere } });
    const answer = await ask(fakes[0], redirect);
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.headers.get('x-gateway-provider')).toBe(fakes[1]?.name);
    expect(vi.mocked(fetch).mock.calls.every(([, init]) => init?.redirect === 'manual')).toBe(true);
  });

  test.each([
    ['no JSON', () => new Response('<html>hello</html>')],
    ['a list', () => Response.json([])],
    ['nothing', () => new Response('')],
    ['an error, with 200', () => Response.json({ error: { message: 'sorry', code: 500 } })],
  ])('because it is %s, is told as the provider’s fault', async (_what, reply) => {
    const [fake] = await servedBy(1);
    const answer = await ask(fake, reply);
    expect(errorOf(answer)).toMatchObject({ status: 502, code: 'provider_error' });
    expect(errorOf(answer)['message']).toContain(fake?.name);
  });

  test('of any status that is a success, reaches the client', async () => {
    const [fake] = await servedBy(1);
    for (const status of [200, 201, 202, 203, 206]) {
      const answer = await ask(fake, () =>
        Response.json({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } }, { status }),
      );
      expect(answer.status).toBe(status);
    }
  });
});

test('a provider’s own name for a call is kept with its record only so far as it has a sensible length', async () => {
  const [fake] = await servedBy(1);
  const key = await newKey();
  for (const length of [providerNameCharsMax, providerNameCharsMax + 1]) {
    fake?.says(completion(undefined, 'Hi', { 'x-request-id': 'r'.repeat(length) }));
    const answer = await chat(key, body);
    const kept = 'r'.repeat(providerNameCharsMax);
    expect(answer.headers.get('x-gateway-provider-request-id')).toBe(kept);
    const record = await send(key.key, { path: `/v1/requests/${answer.headers.get('x-request-id')}` });
    expect(record.json['provider_request_id']).toBe(kept);
  }
});

describe('a name that no header can hold', () => {
  test.each(['modèle', 'модель', 'a\nb', 'a\u0000b', '模型'])(
    '(%j) does no harm as the name of a pinned target',
    async (name) => {
      const [fake] = await servedBy(1);
      const key = await newKey({ limits: [{ metric: 'concurrency', max: 1 }] });
      for (const stream of [false, true]) {
        const answer = await chat(key, { model: `${fake?.name}/${name}`, stream });
        expect(answer.status).toBeLessThan(500);
        expect(await standing(key)).toEqual({ posted: 0, held: 0 });
      }
    },
  );

  test('because it is too long is refused, before it gets into the journal', async () => {
    const [fake] = await servedBy(1);
    const key = await newKey({ limits: [{ metric: 'requests', per: 'total', max: 100 }] });
    const answer = await chat(key, { model: `${fake?.name}/${'x'.repeat(3_000_000)}` });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.text.length).toBeLessThan(2000);
    expect(fake?.arrivals).toBe(0);
    expect(await chat(key)).toMatchObject({ status: 200 });
  });
});
