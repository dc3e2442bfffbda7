import { afterEach, describe, expect, test, vi } from 'vitest';
import { errorBodyBytesMax } from '../../../src/limits.ts';
import { answer, answering, failure, fake, refusing } from './attempting.ts';
import { event } from './scripted-upstream.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a provider that refuses', () => {
  const retryable = { charge: 'none', remedy: 'again' };
  test.each([
    [500, 'provider_error', { ...retryable, end: 'provider_refused' }],
    [502, 'provider_error', retryable],
    [503, 'provider_error', retryable],
    [504, 'provider_timeout', { ...retryable, end: 'provider_timeout' }],
    [529, 'provider_error', retryable],
    [522, 'provider_error', retryable],
    [408, 'provider_timeout', retryable],
    [429, 'provider_rate_limited', retryable],
    [520, 'provider_error', { charge: 'unknown', remedy: 'again' }],
    [501, 'provider_error', { charge: 'none', remedy: 'elsewhere' }],
    [302, 'provider_error', { charge: 'none', remedy: 'elsewhere' }],
    [401, 'provider_error', { charge: 'none', remedy: 'elsewhere' }],
    [402, 'provider_error', { charge: 'none', remedy: 'elsewhere' }],
    [403, 'provider_error', { charge: 'none', remedy: 'elsewhere' }],
  ] as const)('with %i is told of as %s', async (status, code, expected) => {
    refusing(status, undefined);
    const failed = await failure();
    expect(failed).toMatchObject({ ...expected, health: { kind: 'answered', status } });
    expect(failed.error.code).toBe(code);
    expect(failed.error.message).toContain('fake');
  });

  test.each([400, 404, 409, 413, 422])('with %i keeps its status, message and codes', async (status) => {
    refusing(status, { error: { message: 'too long', type: 'invalid_request_error', code: 'bad', param: 'messages' } });
    const { error, remedy, charge } = await failure();
    expect(error).toMatchObject({
      status,
      message: 'too long',
      options: { providerType: 'invalid_request_error', providerCode: 'bad', param: 'messages' },
    });
    expect({ remedy, charge }).toEqual({ remedy: 'none', charge: 'none' });
  });

  test.each([500, 502, 504])('with %i is charged the hold where it bills its failures', async (status) => {
    refusing(status);
    const { charge, error } = await failure({ provider: { ...fake, billsFailures: true } });
    expect(charge).toBe('unknown');
    expect(error.options.shouldRetry).toBe(false);
  });

  test.each([401, 402, 403, 404, 429, 503])('with %i owes what it says it used', async (status) => {
    refusing(status, { error: { message: 'no' }, usage: { prompt_tokens: 7, completion_tokens: 3 } });
    const failed = await failure();
    expect(failed).toMatchObject({ end: 'provider_failed', usage: { inputTokens: 7, outputTokens: 3 } });
  });

  test.each([401, 402, 403])('our own credential with %i is never a 401 to the client', async (status) => {
    refusing(status, { error: { message: 'Incorrect API key provided: hunter2-hunter2', code: 'invalid_api_key' } });
    const { error } = await failure();
    expect(error.status).toBe(502);
    expect(error.message).not.toContain('hunter2');
  });

  test('because our account with it has run out is not told of as a quota of the client', async () => {
    refusing(429, { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } });
    const { error, remedy } = await failure();
    expect(error).toMatchObject({ code: 'provider_error', status: 502 });
    expect(remedy).toBe('elsewhere');
  });

  test('because of what the request says does not blame our credential', async () => {
    refusing(403, { error: { message: 'Your input was flagged by moderation' } });
    const { error, remedy } = await failure();
    expect(error).toMatchObject({ status: 403, message: 'Your input was flagged by moderation' });
    expect(remedy).toBe('none');
  });

  test('by a page of some firewall’s does not blame our credential, and another target may have none', async () => {
    answering(new Response('<html>Access denied</html>', { status: 403, headers: { 'content-type': 'text/html' } }));
    const { error, remedy, charge } = await failure();
    expect(error).toMatchObject({ code: 'permission_denied', status: 403, message: 'fake answered 403.' });
    expect({ remedy, charge }).toEqual({ remedy: 'elsewhere', charge: 'none' });
  });

  test('says when to come back', async () => {
    refusing(429, undefined, { 'retry-after': '7' });
    const failed = await failure();
    expect(failed.retryAfterMs).toBe(7000);
    expect(failed.error.options).toMatchObject({ retryAfterMs: 7000, shouldRetry: true });
    refusing(429, undefined, { 'retry-after': '3600' });
    expect((await failure()).error.options.shouldRetry).toBe(false);
  });

  test('says when to come back, be it in the body', async () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' }];
    refusing(429, [{ error: { code: 429, message: 'Slow down.', status: 'RESOURCE_EXHAUSTED', details } }]);
    const failed = await failure();
    expect(failed.retryAfterMs).toBe(7000);
    expect(failed.error.message).toBe('fake is limiting its rate (429): Slow down.');
  });

  test('because of what is under way with it is told of as a rate, whatever the status', async () => {
    const metadata = { reason: 'in_flight_budget_exhausted', limit_source: 'openrouter_in_flight_budget' };
    refusing(402, { error: { code: 402, message: 'Busy.', metadata } }, { 'retry-after': '2' });
    const failed = await failure();
    expect(failed).toMatchObject({ remedy: 'again', retryAfterMs: 2000, health: { status: 402 } });
    expect(failed.error.code).toBe('provider_rate_limited');
  });

  test('because one request is more than we may spend at once is tried elsewhere, and no fault of the client', async () => {
    const metadata = { reason: 'weight_exceeds_budget', limit_source: 'openrouter_credits' };
    refusing(402, { error: { code: 402, message: 'Too dear.', metadata } });
    const { error, remedy } = await failure();
    expect(remedy).toBe('elsewhere');
    expect(error).toMatchObject({ code: 'provider_error', status: 502 });
  });

  test.each([
    ['HTML', '<html>Bad gateway</html>', 'fake answered 502'],
    ['text', 'upstream is down', 'fake answered 502: upstream is down'],
    ['as much as is read of it', 'x'.repeat(errorBodyBytesMax), `fake answered 502: ${'x'.repeat(2000)}`],
    ['more than is read of it', 'x'.repeat(errorBodyBytesMax + 1), 'fake answered 502'],
    ['nothing', '', 'fake answered 502'],
  ])('with %s is told of all the same', async (_, body, message) => {
    answering(new Response(body, { status: 502 }));
    expect((await failure()).error.message).toBe(message);
  });

  test('inside a 200 is understood', async () => {
    refusing(200, { error: { message: 'overloaded', code: 503 } });
    expect(await failure()).toMatchObject({ remedy: 'again', health: { status: 503 } });
  });

  test('inside a stream, before anything else, is understood', async () => {
    const sent = `: comment\n\n${event({ error: { message: 'slow down', code: 429 } })}`;
    answering(new Response(sent, { headers: { 'content-type': 'text/event-stream' } }));
    expect((await failure({ stream: true })).error.code).toBe('provider_rate_limited');
  });
});

describe('a provider that answers nonsense', () => {
  test.each([
    ['something else than JSON', false, () => new Response('<html>')],
    ['a list', false, () => Response.json([])],
    ['JSON in place of a stream', true, () => Response.json(answer)],
    ['an empty stream', true, () => new Response('', { headers: { 'content-type': 'text/event-stream' } })],
  ])('as %s is charged the hold, since it may have generated something', async (_, stream, respond) => {
    answering(respond());
    const failed = await failure({ stream });
    expect(failed).toMatchObject({ end: 'provider_failed', charge: 'unknown', remedy: 'elsewhere' });
    expect(failed.error.code).toBe('provider_error');
  });
});
