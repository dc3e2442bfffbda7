import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isoTime, refusalError } from '../../../src/gateway/admit/refusal-error.ts';
import { errorHeaders, openAiErrorBody } from '../../../src/http/errors.ts';
import type { Endpoint, Limit } from '../../../src/core/ledger/limit.ts';
import type { Refusal } from '../../../src/core/ledger/refusal.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import { day, hour, minute, month, total } from '../../../src/core/ledger/window.ts';
import { concurrency, limit, sliding, streams } from '../../support/ledger.ts';

const nowMs = Date.UTC(2026, 10, 20, 12);
const owner = { scope: 'user', id: 'ada' } as const;
const dollar = 1_000_000_000;

const refusal = (of: Limit, rest: Partial<Refusal> = {}): Refusal => ({
  limit: of,
  posted: 0,
  held: 0,
  free: 0,
  needed: 1,
  comeBack: { kind: 'holds' },
  ...rest,
});

function told(
  of: Refusal,
  endpoint: Endpoint = 'chat',
): { status: number; headers: Record<string, string>; error: Record<string, unknown> } {
  const error = refusalError({ refusal: of, owner }, { endpoint, model: 'm' }, nowMs);
  const body = openAiErrorBody(error, 'req_1') as { error: Record<string, unknown> };
  return { status: error.status, headers: errorHeaders(error), error: body.error };
}

test('a refusal of a model that the catalog does not list says why a limit on another counts it', () => {
  const of = refusal({ ...limit('requests', total, 1), scope: { models: ['gpt-9'] } }, { comeBack: { kind: 'never' } });
  const messageFor = (call: { model: string; unlisted?: boolean }) =>
    refusalError({ refusal: of, owner }, { endpoint: 'chat', ...call }, nowMs).message;
  expect(messageFor({ model: 'llama', unlisted: true })).toMatch(
    / The catalog does not list llama, which may be any model: every limit on models counts it until it is listed\.$/,
  );
  expect(messageFor({ model: 'gpt-9' })).not.toContain('list');
  const ofAll = { ...of, limit: limit('requests', total, 1) };
  const call = { endpoint: 'chat', model: 'llama', unlisted: true } as const;
  expect(refusalError({ refusal: ofAll, owner }, call, nowMs).message).not.toContain('list');
});

describe('a refusal', () => {
  test('of money reads as the surface has it', () => {
    const of = refusal(limit('usd', month, 25 * dollar), {
      posted: 24_997_300_000,
      free: 2_700_000,
      needed: 13_100_000,
      comeBack: { kind: 'at', at: epochMs(Date.UTC(2026, 11, 1)) },
    });
    expect(told(of)).toEqual({
      status: 429,
      headers: {
        'retry-after': '907200',
        'retry-after-ms': '907200000',
        'x-should-retry': 'false',
        'x-ratelimit-limit': '25.00',
        'x-ratelimit-remaining': '0.0027',
        'x-ratelimit-reset': String(Date.UTC(2026, 11, 1) / 1000),
      },
      error: {
        type: 'rate_limit_error',
        code: 'insufficient_quota',
        param: null,
        message:
          'Monthly spend limit of user ada reached: $24.9973 spent, $0.0000 held, $25.00 allowed; ' +
          'this request could cost up to $0.0131. Resets 2026-12-01T00:00:00Z.',
        limit: {
          scope: 'user',
          id: 'ada',
          metric: 'usd',
          per: 'month',
          max: '25.00',
          posted: '24.9973',
          held: '0.0000',
          free: '0.0027',
          needed: '0.0131',
          resets_at: '2026-12-01T00:00:00Z',
        },
        request_id: 'req_1',
      },
    });
  });

  test.each([
    [
      limit('requests', minute, 5),
      'rate_limit_exceeded',
      'Per-minute request limit of user ada reached: 3 made, 2 in flight, 5 allowed.',
    ],
    [limit('requests', hour, 5), 'rate_limit_exceeded', 'Hourly request limit of user ada reached'],
    [limit('requests', sliding(900_000), 5), 'rate_limit_exceeded', 'Per-15m request limit of user ada reached'],
    [limit('requests', sliding(23 * 3_600_000), 5), 'rate_limit_exceeded', 'Per-23h request limit of user ada reached'],
    [
      limit('tokens', day, 5),
      'insufficient_quota',
      'Daily token limit of user ada reached: 3 used, 2 held, 5 allowed; this request could use up to 1.',
    ],
    [limit('usd', sliding(7 * 86_400_000), dollar), 'insufficient_quota', 'Per-7d spend limit of user ada reached'],
    [limit('usd', total, dollar), 'insufficient_quota', 'Total spend limit of user ada reached'],
    [concurrency(2), 'concurrency_limit_exceeded', 'Concurrency limit of user ada reached: 2 in flight, 2 allowed.'],
    [
      streams(2),
      'concurrency_limit_exceeded',
      'Limit of concurrent streams of user ada reached: 2 in flight, 2 allowed.',
    ],
    [
      limit('requests', day, 5, { endpoint: 'embeddings' }),
      'insufficient_quota',
      'Daily request limit of user ada for endpoint embeddings reached',
    ],
    [limit('requests', day, 5, { models: ['a*', 'b'] }), 'insufficient_quota', 'of user ada for models a*, b reached'],
  ])('by %j has the code %s, and says so', (of, code, message) => {
    const { error } = told(refusal(of, { posted: 3, held: 2 }));
    expect(error['code']).toBe(code);
    expect(error['message']).toContain(message);
    expect(error['limit']).toMatchObject({ ...of.scope });
    const isGauge = of.metric === 'concurrency' || of.metric === 'streams';
    expect(Object.hasOwn(error['limit'] ?? {}, 'per')).toBe(!isGauge);
  });
});

describe('when to come back', () => {
  const at = (inMs: number): Refusal =>
    refusal(limit('requests', minute, 1), { comeBack: { kind: 'at', at: epochMs(nowMs + inMs) } });

  test('is in a second where only holds stand in the way', () => {
    const { headers, error } = told(refusal(concurrency(1)));
    expect(headers).toEqual({
      'retry-after': '1',
      'retry-after-ms': '1000',
      'x-should-retry': 'true',
      'x-ratelimit-limit': '1',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(nowMs / 1000 + 1),
    });
    expect(error['message']).toContain('Only requests in flight stand in the way');
    expect(error['limit']).toMatchObject({ resets_at: null });
  });

  test.each([
    [0, '0', 'true'],
    [1, '1', 'true'],
    [60_000, '60', 'true'],
    [60_001, '61', 'false'],
  ])('in %i ms, clients are told to wait for themselves up to a minute', (ms, seconds, should) => {
    expect(told(at(ms)).headers).toEqual({
      'retry-after': seconds,
      'retry-after-ms': String(ms),
      'x-should-retry': should,
      'x-ratelimit-limit': '1',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(Math.ceil((nowMs + ms) / 1000)),
    });
  });

  test('is never, with what would help, where it can never fit', () => {
    const never = { comeBack: { kind: 'never' } } as const;
    const messages = [
      told(refusal(limit('usd', month, 5), { ...never, needed: 6 })),
      told(refusal(limit('tokens', minute, 5), { ...never, needed: 6 })),
      told(refusal(limit('requests', total, 0), { ...never, needed: 1 })),
      told(refusal(limit('usd', total, 10), { ...never, posted: 10, needed: 1 })),
    ].map(({ headers, error }) => {
      expect(headers).toEqual({
        'x-should-retry': 'false',
        'x-ratelimit-limit': expect.any(String),
        'x-ratelimit-remaining': expect.stringMatching(/^0(?:\.00)?$/),
      });
      return String(error['message']);
    });
    expect(messages[0]).toContain('It can never fit under this limit: send less, or lower max_completion_tokens.');
    expect(messages[1]).toContain('It can never fit');
    expect(messages[2]).toContain('This limit allows none.');
    expect(messages[3]).toContain('This limit does not reset: ask an admin to raise it.');
  });

  test.each<[Endpoint, string]>([
    ['responses', 'send less, or lower max_output_tokens.'],
    ['messages', 'send less, or lower max_tokens.'],
    ['embeddings', 'send less.'],
  ])('at the endpoint %s names the cap as its clients know it', (endpoint, remedy) => {
    const of = refusal(limit('usd', month, 5), { comeBack: { kind: 'never' }, needed: 6 });
    expect(told(of, endpoint).error['message']).toContain(`It can never fit under this limit: ${remedy}`);
  });

  test('is never told too early, by less than a millisecond, whatever the time', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10_000, max: 100 * 86_400_000 }), (inMs) => {
        const { headers } = told(at(inMs));
        expect(Number(headers['retry-after-ms'])).toBe(Math.max(0, inMs));
        expect(Number(headers['retry-after']) * 1000).toBeGreaterThanOrEqual(inMs);
        expect(Number(headers['retry-after']) * 1000).toBeLessThan(Math.max(0, inMs) + 1000);
      }),
    );
  });
});

describe('a time', () => {
  test('has milliseconds only where there are some', () => {
    expect(isoTime(nowMs)).toBe('2026-11-20T12:00:00Z');
    expect(isoTime(nowMs + 7)).toBe('2026-11-20T12:00:00.007Z');
  });
});
