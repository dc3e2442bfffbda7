import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultBreakerConfig } from '../../../src/health/breaker-config.ts';
import { ProviderHealth } from '../../../src/health/provider-health.ts';
import { admin, errorOf } from './admin-client.ts';

beforeEach(async () => reset());
afterEach(() => void vi.restoreAllMocks());

/** So many calls that failed, or went well, one after another. */
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
      providers: { echo: { on: true, state: 'closed', breakers: [] }, openai: { on: false } },
      undelivered: { keys: 0, catalog: false },
    });
    expect(body['absent']).toContainEqual({ name: 'OPENAI_API_KEY', turnsOff: 'provider openai' });
    expect(body['absent']).toContainEqual({ name: 'AI', turnsOff: 'providers of kind workers-ai' });
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

  test('says so where the breakers can not be asked', async () => {
    vi.spyOn(ProviderHealth.prototype, 'describe').mockRejectedValue(new Error('connection lost'));
    expect(await providers()).toMatchObject({ echo: { state: 'unknown' } });
    expect((await admin('GET', '/admin/health')).body).toMatchObject({ status: 'degraded' });
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
