// Sets the clock.

import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { credentialOutMs, healthRefreshMs } from '../../../src/limits.ts';
import { type Json, type TestKey, admin, chat, errorOf, eventually, newKey } from '../../support/gateway.ts';
import {
  FakeProvider,
  type Reply,
  completion,
  failure,
  model,
  putCatalog,
  replaceFetch,
  servedBy,
} from '../../support/gateway-provider.ts';
import { skipRetryWaits } from '../../support/gateway-time.ts';

const body: Json = { model: 'served', max_completion_tokens: 20 };
let key: TestKey;
let first: FakeProvider;
let next: FakeProvider;

beforeEach(async () => {
  replaceFetch();
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  skipRetryWaits();
  key = await newKey();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function two(more: Json = {}): Promise<void> {
  const [one, other] = await servedBy(2, more);
  if (one === undefined || other === undefined) throw new Error('two servers were asked for');
  [first, next] = [one, other];
}

const arrivals = (): number[] => [first.arrivals, next.arrivals];

async function shown(): Promise<Json> {
  const { providers } = (await admin('GET', '/admin/health')) as { providers: Record<string, Json> };
  return providers[first.name] ?? {};
}

const said = (status: number, answer: Json): Reply => {
  return () => Response.json(answer, { status });
};

describe('a credential that has nothing left to spend', () => {
  const openai = {
    message: 'You exceeded your current quota.',
    type: 'insufficient_quota',
    code: 'insufficient_quota',
  };
  const claude = {
    type: 'invalid_request_error',
    message: 'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.',
  };
  const guardrail = { code: 402, message: 'Insufficient credits', metadata: { error_type: 'openrouter_credits' } };
  test.each<[string, string, Reply]>([
    ['OpenAI', 'openai', failure(429, openai)],
    ['DeepSeek', 'openai', failure(402, { message: 'Insufficient Balance', code: 'invalid_request_error' })],
    ['OpenRouter', 'openai', said(402, { error: guardrail })],
    ['Z.ai', 'openai', said(429, { error: { code: '1113', message: 'Insufficient balance. Please recharge.' } })],
    ['Anthropic, as an invalid request', 'anthropic', said(400, { type: 'error', error: claude })],
    [
      'Anthropic, as an error of billing',
      'anthropic',
      said(402, { type: 'error', error: { type: 'billing_error', message: 'Billing.' } }),
    ],
  ])('as %s says it, is out for an hour, and the next target serves', async (_who, kind, reply) => {
    first = new FakeProvider().says(reply);
    next = new FakeProvider();
    const baseUrl = `https://${first.host}`;
    await putCatalog({ served: model(first, next) }, { [first.name]: { kind, baseUrl }, [next.name]: next.entry() });
    const answer = await chat(key, body);
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.headers.get('x-gateway-provider')).toBe(next.name);
    const second = await chat(key, body);
    expect(second.headers.get('x-gateway-attempts')).toBe('1');
    expect(arrivals()).toEqual([1, 2]);
    await eventually(async () => ((await shown())['cooldowns'] as unknown[]).length === 1);
    const until = new Date(Math.floor((Date.now() + credentialOutMs) / 1000) * 1000).toISOString();
    expect(await shown()).toMatchObject({
      state: 'closed',
      cooldowns: [{ credential: 'default', reason: 'out-of-credit', until: until.replace('.000Z', 'Z') }],
    });
  });

  test('is used again after that hour', async () => {
    await two();
    first.says(failure(402), completion());
    const failedMs = Date.now();
    await chat(key, body);
    // ProviderHealth hears of it a little later, and what it says must not come with the time of the next step.
    while (((await shown())['cooldowns'] as unknown[]).length === 0) await Promise.resolve();
    vi.setSystemTime(failedMs + credentialOutMs - 1);
    await chat(key, body);
    expect(arrivals()).toEqual([1, 2]);
    vi.setSystemTime(failedMs + credentialOutMs);
    expect((await chat(key, body)).headers.get('x-gateway-provider')).toBe(first.name);
  });

  test('is used again as soon as an admin says that it has been paid', async () => {
    await two();
    first.says(failure(402), completion());
    await chat(key, body);
    await eventually(async () => ((await shown())['cooldowns'] as unknown[]).length === 1);
    expect(await admin('POST', `/admin/providers/${first.name}/reset`)).toMatchObject({ cooldowns: [] });
    vi.setSystemTime(Date.now() + healthRefreshMs);
    // The first call has its isolate ask again; no more than a few can pass before it is answered.
    for (let call = 0; call < 30 && first.arrivals === 1; call += 1) {
      expect(await chat(key, body)).toMatchObject({ status: 200 });
    }
    expect(first.arrivals).toBe(2);
  });

  test('takes only its own endpoints out, and not those with another', async () => {
    first = new FakeProvider();
    next = new FakeProvider();
    const endpoints = [
      { name: 'poor', baseUrl: `https://${first.host}`, secret: 'POOR_KEY', weight: 1000 },
      { name: 'rich', baseUrl: `https://${next.host}`, secret: 'RICH_KEY' },
    ];
    await putCatalog({ served: model(first) }, { [first.name]: { kind: 'openai', endpoints } });
    first.says(failure(402));
    const sending = { env: { ...env, POOR_KEY: 'p', RICH_KEY: 'r' } };
    for (let call = 0; call < 3; call += 1) expect(await chat(key, body, sending)).toMatchObject({ status: 200 });
    expect(arrivals()).toEqual([1, 3]);
    expect(next.calls.map(({ headers }) => headers.get('authorization'))).toEqual(Array(3).fill('Bearer r'));
  });
});

describe('a provider that is off is never called, and the next target serves', () => {
  const creditsOf = ({ name }: FakeProvider): string => `CREDITS_${name.toUpperCase().replaceAll('-', '_')}`;

  test('by its variable, until that says otherwise', async () => {
    await two();
    expect(await chat(key, body, { env: { ...env, [creditsOf(first)]: 'false' } })).toMatchObject({ status: 200 });
    expect(arrivals()).toEqual([0, 1]);
    await chat(key, body, { env: { ...env, [creditsOf(first)]: 'true' } });
    expect(arrivals()).toEqual([1, 1]);
  });

  test('by the catalog', async () => {
    await two();
    await admin('PATCH', '/admin/catalog', { providers: { [first.name]: { enabled: false } } });
    expect(await chat(key, body)).toMatchObject({ status: 200 });
    expect(arrivals()).toEqual([0, 1]);
    expect(await shown()).toMatchObject({ on: false });
  });

  test('for want of its secret', async () => {
    await two();
    await admin('PATCH', '/admin/catalog', { providers: { [first.name]: { secret: 'NEVER_SET_KEY' } } });
    expect(await chat(key, body)).toMatchObject({ status: 200 });
    expect(arrivals()).toEqual([0, 1]);
    const { absent } = (await admin('GET', '/admin/health')) as { absent: Json[] };
    expect(absent).toContainEqual({ name: 'NEVER_SET_KEY', turnsOff: `provider ${first.name}` });
  });

  test('for want of one endpoint’s secret only that endpoint is off', async () => {
    first = new FakeProvider();
    next = new FakeProvider();
    const endpoints = [
      { name: 'unset', baseUrl: `https://${first.host}`, secret: 'NEVER_SET_KEY', weight: 1000 },
      { name: 'open', baseUrl: `https://${next.host}` },
    ];
    await putCatalog({ served: model(first) }, { [first.name]: { kind: 'openai', endpoints } });
    expect(await chat(key, body)).toMatchObject({ status: 200 });
    expect(arrivals()).toEqual([0, 1]);
    expect(await shown()).toMatchObject({ on: true });
  });

  test('and where all are off, the client is told what is missing, and no value', async () => {
    await two();
    const off = { ...env, [creditsOf(first)]: 'false', [creditsOf(next)]: 'false' };
    expect(errorOf(await chat(key, body, { env: off }))).toMatchObject({
      status: 503,
      code: 'provider_unavailable',
      message: expect.stringContaining(first.name),
    });
  });
});

describe('in an emergency', () => {
  test('everything goes to the provider that the catalog names, and nothing to the others', async () => {
    await two();
    await admin('PATCH', '/admin/catalog', { emergency: next.name });
    expect((await chat(key, body)).headers.get('x-gateway-provider')).toBe(next.name);
    next.says(failure(503));
    expect(errorOf(await chat(key, body))).toMatchObject({ status: 502 });
    expect(first.arrivals).toBe(0);
    await admin('PATCH', '/admin/catalog', { emergency: null });
    expect((await chat(key, body)).headers.get('x-gateway-provider')).toBe(first.name);
  });
});
