// Sets the clock.

import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { newRequestId } from '../../../src/http/request-id.ts';
import { interceptedEnv } from '../../support/gateway-faults.ts';
import { type Answer, type Json, type TestKey, changeKey, chat, errorOf, newKey, send } from '../../support/gateway.ts';
import {
  FakeProvider,
  completion,
  model,
  putCatalog,
  replaceFetch,
  servedBy,
  usage,
} from '../../support/gateway-provider.ts';

beforeEach(() => replaceFetch());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const recordOf = async ({ key }: TestKey, answer: Answer): Promise<Answer> =>
  send(key, { path: `/v1/requests/${answer.headers.get('x-request-id')}` });

describe('GET /v1/models', () => {
  const names = async ({ key }: TestKey): Promise<string[]> => {
    const { json } = await send(key, { path: '/v1/models' });
    return (json['data'] as { id: string }[]).map(({ id }) => id);
  };

  async function offer(): Promise<FakeProvider> {
    const fake = new FakeProvider();
    const off = new FakeProvider();
    const models = { 'vendor/large': { ...model(fake), aliases: ['big'] }, small: model(fake), dark: model(off) };
    const routes = { safe: { strategy: 'fallback', models: ['small', 'vendor/large'] } };
    const providers = { [fake.name]: fake.entry(), [off.name]: off.entry({ enabled: false }) };
    await putCatalog(models, providers, { routes });
    return fake;
  }

  test('lists what the key may use, models and routes, as OpenAI does', async () => {
    const fake = await offer();
    const key = await newKey();
    expect(await names(key)).toEqual(['echo', 'vendor/large', 'small', 'safe']);
    const { json } = await send(key.key, { path: '/v1/models' });
    expect(json['object']).toBe('list');
    expect((json['data'] as unknown[])[1]).toEqual({
      id: 'vendor/large',
      object: 'model',
      created: 0,
      owned_by: fake.name,
    });
    expect(await names(await newKey({ models: { deny: ['small', 'echo'] } }))).toEqual(['vendor/large', 'safe']);
    expect(await names(await newKey({ providers: { allow: ['echo'] } }))).toEqual(['echo']);
  });

  test('shows a change of the key’s policy from the very next request on', async () => {
    await offer();
    const key = await newKey();
    await names(key);
    await changeKey(key, { models: { allow: ['small'] } });
    expect(await names(key)).toEqual(['small', 'safe']);
  });

  test.each([
    ['vendor/large', 'vendor/large'],
    ['vendor%2Flarge', 'vendor/large'],
    ['big', 'big'],
    ['safe', 'safe'],
  ])('/%s is shown, slashes and all', async (path, id) => {
    await offer();
    const answer = await send((await newKey()).key, { path: `/v1/models/${path}` });
    expect(answer).toMatchObject({ status: 200, json: { id, object: 'model' } });
  });

  test('/{id} of what there is not, or what the key may not use, is not found', async () => {
    await offer();
    const key = await newKey({ models: { deny: ['small'] } });
    for (const path of ['nothing', 'small', 'dark', 'vendor', 'vendor/large/x']) {
      expect(errorOf(await send(key.key, { path: `/v1/models/${path}` }))).toMatchObject({
        status: 404,
        code: 'model_not_found',
      });
    }
  });
});

describe('GET /v1/usage', () => {
  test('says where the key stands, and what it has spent, in decimal text', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.UTC(2026, 10, 20, 12));
    await servedBy(1);
    const key = await newKey({
      limits: [
        { metric: 'usd', per: 'month', max: '25.00' },
        { metric: 'requests', per: 'minute', max: 5 },
        { metric: 'tokens', per: 'total', max: 1000, models: ['s*'], endpoint: 'chat' },
        { metric: 'concurrency', max: 3 },
      ],
    });
    await chat(key, { model: 'served' });
    const { json } = await send(key.key, { path: '/v1/usage' });
    const whose = { scope: 'key', id: key.id };
    expect(json).toEqual({
      object: 'usage',
      key: key.id,
      limits: [
        {
          ...whose,
          metric: 'usd',
          per: 'month',
          max: '25.00',
          posted: '0.00005',
          held: '0.00',
          free: '24.99995',
          resets_at: '2026-12-01T00:00:00Z',
        },
        {
          ...whose,
          metric: 'requests',
          per: 'minute',
          max: 5,
          posted: 1,
          held: 0,
          free: 4,
          resets_at: '2026-11-20T12:01:00.938Z',
        },
        {
          ...whose,
          metric: 'tokens',
          per: 'total',
          endpoint: 'chat',
          models: ['s*'],
          max: 1000,
          posted: 30,
          held: 0,
          free: 970,
          resets_at: null,
        },
        { ...whose, metric: 'concurrency', max: 3, posted: 0, held: 0, free: 3, resets_at: null },
      ],
      spend: { today_usd: '0.00005', month_usd: '0.00005', total_usd: '0.00005' },
      by_model: [{ model: 'served', requests: 1, input_tokens: 10, output_tokens: 20, cost_usd: '0.00005' }],
    });
    vi.setSystemTime(Date.UTC(2026, 11, 1));
    const december = (await send(key.key, { path: '/v1/usage' })).json;
    expect(december['spend']).toEqual({ today_usd: '0.00', month_usd: '0.00', total_usd: '0.00005' });
    expect((december['limits'] as Json[])[0]).toMatchObject({ posted: '0.00', free: '25.00' });
  });
});

describe('GET /v1/requests/{id}', () => {
  test('has the record of a call the moment it was answered, and after a restart', async () => {
    const [fake] = await servedBy(1);
    fake?.says(completion(usage, 'Hi', { 'x-request-id': 'up-1' }));
    const key = await newKey({ limits: [{ metric: 'usd', per: 'month', max: '1' }] });
    const headers = { 'x-gateway-user': 'ada', 'x-gateway-metadata': '{"team":"a"}' };
    const answer = await chat(key, { model: 'served' }, { headers });
    const record = await recordOf(key, answer);
    expect(record.status).toBe(200);
    expect(record.json).toMatchObject({
      object: 'request',
      id: answer.headers.get('x-request-id'),
      endpoint: 'chat',
      stream: false,
      end: 'completed',
      status: 200,
      requested_model: 'served',
      model: 'served',
      provider: fake?.name,
      provider_model: `${fake?.name}-model`,
      provider_request_id: 'up-1',
      attempts: 1,
      usage: { input_tokens: 10, cached_input_tokens: 0, output_tokens: 20, reasoning_tokens: 0 },
      tokens: 30,
      cost_usd: '0.00005',
      output_cap: 1000,
      estimated: false,
      breach: false,
      expired: false,
      user: 'ada',
      metadata: { team: 'a' },
    });
    await evictDurableObject(env.TENANT.getByName(key.id));
    expect((await recordOf(key, answer)).json).toEqual(record.json);
  });

  test('is told to nobody but the key that made the call', async () => {
    const [one, other] = [await newKey(), await newKey()];
    const answer = await chat(one);
    expect(await recordOf(one, answer)).toMatchObject({ status: 200 });
    expect(errorOf(await recordOf(other, answer))).toMatchObject({ status: 404, code: 'not_found' });
  });

  test('has nothing of a call that was refused, and of an id that nobody was given', async () => {
    const key = await newKey({ limits: [{ metric: 'requests', per: 'total', max: 0 }] });
    const refused = await chat(key);
    expect(refused.status).toBe(429);
    expect(await recordOf(key, refused)).toMatchObject({ status: 404 });
    expect(await send(key.key, { path: `/v1/requests/${newRequestId(Date.now())}` })).toMatchObject({ status: 404 });
    expect(await send(key.key, { path: `/v1/requests/${newRequestId(0)}` })).toMatchObject({ status: 404 });
  });

  test.each(['req_1', 'chatcmpl-1', `req_${'0'.repeat(26)}`, "req_'; DROP TABLE journal; --"])(
    'refuses %s, which is no id',
    async (id) => {
      const answer = await send((await newKey()).key, { path: `/v1/requests/${encodeURIComponent(id)}` });
      expect(errorOf(answer)).toMatchObject({ status: 400, code: 'invalid_request', param: 'id' });
    },
  );
});

describe('GET /health', () => {
  test('needs no key, and says how the providers that are on are', async () => {
    const on = new FakeProvider();
    const off = new FakeProvider();
    await putCatalog({}, { [on.name]: on.entry(), [off.name]: off.entry({ secret: 'NOT_SET' }) });
    const { status, json } = await send(undefined);
    expect(status).toBe(200);
    expect(json).toEqual({
      status: 'ok',
      providers: { echo: 'closed', [on.name]: 'closed' },
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      colo: expect.any(String),
    });
  });

  test('is 503 while the ledger can not be reached, and 200 again when it can', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 60_000);
    const unreachable = interceptedEnv(async () => Promise.reject(new Error('connection lost')));
    expect(errorOf(await send(undefined, { env: unreachable }))).toMatchObject({
      status: 503,
      code: 'ledger_unavailable',
    });
    expect(await send(undefined)).toMatchObject({ status: 200 });
  });
});
