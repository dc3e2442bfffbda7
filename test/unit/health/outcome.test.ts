import { describe, expect, test } from 'vitest';
import { verdictOf, type AttemptEnd } from '../../../src/core/breaker/outcome.ts';

const answered = (status: number, rest: Partial<Extract<AttemptEnd, { kind: 'answered' }>> = {}): AttemptEnd => ({
  kind: 'answered',
  status,
  ...rest,
});

const hourMs = 3_600_000;

describe('what counts as a failure of the provider', () => {
  test.each([500, 502, 503, 504, 529, 520, 524, 599])('status %i does', (status) => {
    expect(verdictOf(answered(status))).toEqual({ outcome: 'failure' });
  });

  test.each(['connect-error', 'first-byte-timeout', 'stalled'] as const)('a %s does', (kind) => {
    expect(verdictOf({ kind })).toEqual({ outcome: 'failure' });
  });
});

describe('what counts as its success', () => {
  test.each([200, 201, 400, 404, 408, 409, 413, 422, 501, 505])('status %i does', (status) => {
    expect(verdictOf(answered(status))).toEqual({ outcome: 'success' });
  });
});

describe('what says nothing about it', () => {
  test('a client that left', () => {
    expect(verdictOf({ kind: 'client-left' })).toEqual({ outcome: 'neutral' });
  });

  test('a redirect, which means that its base URL is wrong', () => {
    expect(verdictOf(answered(301))).toEqual({ outcome: 'neutral' });
  });

  test('a 403 without a word of the provider’s, which is a page of some firewall’s', () => {
    expect(verdictOf(answered(403))).toEqual({ outcome: 'neutral' });
  });

  test('a rate limit, which cools its credential down for as long as the provider says', () => {
    expect(verdictOf(answered(429, { retryAfterMs: 7000 }))).toEqual({
      outcome: 'neutral',
      credential: { outMs: 7000, reason: 'rate-limited' },
    });
  });

  test('a rate limit that does not say for how long, which cools it down for a second', () => {
    expect(verdictOf(answered(429)).credential).toEqual({ outMs: 1000, reason: 'rate-limited' });
  });

  test('calls under way that fill what may be spent at once, until some have ended', () => {
    const end = answered(402, { codes: ['in_flight_budget_exhausted'], retryAfterMs: 2000 });
    expect(verdictOf(end).credential).toEqual({ outMs: 2000, reason: 'rate-limited' });
  });

  test('a rate limit for longer than an hour, which is asked again after an hour', () => {
    expect(verdictOf(answered(429, { retryAfterMs: 30 * hourMs })).credential?.outMs).toBe(hourMs);
  });
});

describe('what puts a credential out for an hour', () => {
  test.each([
    { title: '401', end: answered(401), reason: 'unauthorized' },
    { title: '403', end: answered(403, { codes: ['PERMISSION_DENIED'] }), reason: 'forbidden' },
    { title: '402', end: answered(402), reason: 'out-of-credit' },
    {
      title: '429 insufficient_quota, whatever it says about retrying',
      end: answered(429, { codes: ['insufficient_quota'], retryAfterMs: 1000 }),
      reason: 'out-of-credit',
    },
    {
      title: 'a spend limit that was reached',
      end: answered(400, { codes: ['billing_hard_limit_reached'] }),
      reason: 'out-of-credit',
    },
    {
      title: 'a balance that is too low, said in words only',
      end: answered(400, {
        codes: ['invalid_request_error'],
        message: 'Your credit balance is too low to access the API.',
      }),
      reason: 'out-of-credit',
    },
    {
      title: "a spend limit of OpenRouter's guardrails, with 403",
      end: answered(403, { codes: ['openrouter_guardrail_budget'], message: 'Guardrail budget exceeded' }),
      reason: 'out-of-credit',
    },
    {
      title: 'a request of which nothing can be paid any more',
      end: answered(402, {
        message: 'This request requires more credits, or fewer max_tokens. You requested 9, but can only afford 0.',
      }),
      reason: 'out-of-credit',
    },
    {
      title: 'an account that is locked, with 429',
      end: answered(429, { codes: ['1112', 'account_locked'], retryAfterMs: 1000 }),
      reason: 'forbidden',
    },
    {
      title: 'a key that is refused with 400',
      end: answered(400, { message: 'API key not valid. Please pass a valid API key.' }),
      reason: 'unauthorized',
    },
    {
      title: 'a team of xAI that has spent all it may',
      end: answered(429, {
        message: 'Your team t has either used all available credits or reached its monthly spending limit.',
      }),
      reason: 'out-of-credit',
    },
  ])('$title', ({ end, reason }) => {
    expect(verdictOf(end)).toEqual({ outcome: 'neutral', credential: { outMs: hourMs, reason } });
  });
});

describe('a client can not put a credential out for others', () => {
  test.each([
    { title: 'by asking for a model that it may not use', end: answered(403, { codes: ['model_not_found'] }) },
    {
      title: 'by sending what the provider moderates',
      end: answered(403, { message: 'This model requires moderation and your input was flagged' }),
    },
    {
      title: 'by sending what a guardrail stops',
      end: answered(403, { message: 'Request blocked: prompt injection patterns detected' }),
    },
    {
      title: 'by asking for more at once than may be spent at once',
      end: answered(402, { codes: ['weight_exceeds_budget'] }),
    },
    {
      title: 'by asking for more output than is left to pay',
      end: answered(402, {
        codes: ['402'],
        message:
          'This request requires more credits, or fewer max_tokens. You requested up to 32000 tokens, ' +
          'but can only afford 27342.',
      }),
    },
    {
      title: 'by asking for a model whose name reads like an empty account',
      end: answered(404, { message: "The model 'your credit balance is too low' does not exist." }),
    },
    {
      title: 'by asking for a model whose name reads like a wrong key',
      end: answered(400, { message: 'No such model: incorrect api key provided' }),
    },
  ])('$title', ({ end }) => {
    expect(verdictOf(end)).toEqual({ outcome: 'success' });
  });
});
