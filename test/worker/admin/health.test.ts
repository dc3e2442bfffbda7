// A runtime of its own: it forgets every object and sets the clock.

import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultBreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import { ProviderHealth } from '../../../src/actors/provider-health/provider-health.ts';
import { admin, errorOf } from './admin-client.ts';

beforeEach(async () => reset());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** So many calls with this outcome, one after another. */
async function report(provider: string, outcome: 'failure' | 'success', count: number): Promise<void> {
  const ended = { endpoint: 'default', model: 'm', outcome, elapsedMs: 10, latencyMs: 10, firstByteMs: 5 } as const;
  await env.PROVIDER_HEALTH.getByName(provider).report(
    Array.from({ length: count }, () => ended),
    0,
    defaultBreakerConfig,
  );
}

async function providers(): Promise<Record<string, unknown>> {
  return (await admin('GET', '/admin/health')).body['providers'] as Record<string, unknown>;
}

describe('the health that admins see', () => {
  test('is good where nothing has happened, and says what is not set', async () => {
    const { status, body } = await admin('GET', '/admin/health');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'ok',
      catalogVersion: 0,
      providers: {
        echo: { on: true, state: 'closed', breakers: [] },
        openai: { on: false, offBecause: 'wants OPENAI_API_KEY' },
      },
      undelivered: { keys: 0, accounts: 0, catalog: false },
    });
    expect(body['absent']).toContainEqual({ name: 'OPENAI_API_KEY', turnsOff: 'provider openai' });
    expect(body['absent']).toContainEqual({ name: 'AI', turnsOff: 'providers of kind workers-ai' });
    const gateway = 'cloudflare-ai-gateway';
    expect(body['absent']).toContainEqual({ name: 'AI_GATEWAY_ID', turnsOff: `provider ${gateway}` });
    expect(body['absent']).not.toContainEqual(expect.objectContaining({ name: 'AUTH_LIMITER' }));
  });

  test('has the breakers of a provider, its error rate and its percentiles', async () => {
    await report('echo', 'success', 15);
    await report('echo', 'failure', 5);
    expect(await providers()).toMatchObject({
      echo: {
        state: 'open',
        breakers: expect.arrayContaining([
          expect.objectContaining({
            state: 'open',
            calls: 20,
            failures: 5,
            errorRate: 0.25,
            latencyMs: { p50Ms: expect.any(Number), p95Ms: expect.any(Number), p99Ms: expect.any(Number) },
          }),
        ]),
      },
    });
    expect((await admin('GET', '/admin/health')).body).toMatchObject({ status: 'degraded' });
  });

  test('is not degraded by a provider that is off anyway', async () => {
    await report('openai', 'failure', 5);
    expect((await admin('GET', '/admin/health')).body).toMatchObject({
      status: 'ok',
      providers: { openai: { state: 'open' } },
    });
  });

  test('says which credentials are out, why, and until when', async () => {
    const nowMs = Date.UTC(2027, 0, 1, 12);
    vi.useFakeTimers({ toFake: ['Date'], now: nowMs });
    await env.PROVIDER_HEALTH.getByName('echo').coolDown('SOME_KEY', 3_600_000, 'out-of-credit');
    vi.setSystemTime(nowMs + 60_000);
    expect(await providers()).toMatchObject({
      echo: {
        cooldowns: [
          { credential: 'SOME_KEY', reason: 'out-of-credit', forMs: 3_540_000, until: '2027-01-01T13:00:00Z' },
        ],
      },
    });
    expect((await admin('POST', '/admin/providers/echo/reset')).body).toMatchObject({ cooldowns: [] });
  });

  test('has what checks and lists of models have found, and when', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2027, 0, 1, 12) });
    vi.spyOn(ProviderHealth.prototype, 'describe').mockResolvedValue({
      breakers: [],
      cooldowns: [],
      lostReports: 0,
      checks: [{ endpoint: 'west', agoMs: 30_000, outcome: 'failure', found: 'answered 503' }],
      models: { agoMs: 60_000, missing: ['gone'], listed: 7 },
    });
    expect(await providers()).toMatchObject({
      echo: {
        checks: [{ endpoint: 'west', checkedAt: '2027-01-01T11:59:30Z', outcome: 'failure', found: 'answered 503' }],
        models: { checkedAt: '2027-01-01T11:59:00Z', missing: ['gone'], listed: 7 },
      },
    });
    expect((await admin('GET', '/admin/health')).body).toMatchObject({ status: 'ok' });
  });

  test('is shown as far as an object of the release before tells it', async () => {
    const detail = { breakers: [], cooldowns: [], lostReports: 3 };
    vi.spyOn(ProviderHealth.prototype, 'describe').mockResolvedValue(detail);
    expect(await providers()).toMatchObject({
      echo: { state: 'closed', lostReports: 3, checks: [], models: null },
    });
  });

  test('says so where the breakers can not be asked', async () => {
    vi.spyOn(ProviderHealth.prototype, 'describe').mockRejectedValue(new Error('connection lost'));
    expect(await providers()).toMatchObject({ echo: { state: 'unknown' } });
    expect((await admin('GET', '/admin/health')).body).toMatchObject({ status: 'degraded' });
  });

  test('says which models retire within thirty days, and which have', async () => {
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const model = (retires: string | undefined) => ({
      targets: [{ provider: 'echo', model: 'echo' }],
      contextTokens: 100,
      maxOutputTokens: 100,
      ...(retires === undefined ? {} : { retires }),
    });
    const models = { soon: model(day(29)), gone: model(day(-40)), later: model(day(32)), stays: model(undefined) };
    await admin('PUT', '/admin/catalog', { providers: { echo: { kind: 'echo' } }, models });
    expect((await admin('GET', '/admin/health')).body['retiring']).toEqual([
      { model: 'gone', retires: day(-40), isRetired: true },
      { model: 'soon', retires: day(29), isRetired: false },
    ]);
  });

  test('shows the providers of the catalog that was written last', async () => {
    await admin('PATCH', '/admin/catalog', { providers: { another: { kind: 'echo' } } });
    expect(await providers()).toHaveProperty('another');
    expect((await admin('GET', '/admin/health')).body).toMatchObject({ catalogVersion: 1 });
  });
});

describe('a reset of a provider', () => {
  test('closes its breakers', async () => {
    await report('echo', 'failure', 5);
    const answer = await admin('POST', '/admin/providers/echo/reset');
    expect(answer).toMatchObject({ status: 200, body: { on: true, state: 'closed' } });
    expect(await providers()).toMatchObject({ echo: { state: 'closed' } });
  });

  test('of one that the catalog does not have is told which it has', async () => {
    const answer = await admin('POST', '/admin/providers/nobody/reset');
    expect(errorOf(answer)).toMatchObject({ status: 404, code: 'not_found', message: expect.stringContaining('echo') });
  });

  test('that did not arrive is said not to have', async () => {
    vi.spyOn(ProviderHealth.prototype, 'reset').mockRejectedValue(new Error('connection lost'));
    expect(errorOf(await admin('POST', '/admin/providers/echo/reset'))).toMatchObject({ status: 503 });
  });
});
