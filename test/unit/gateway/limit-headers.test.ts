import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limitHeaders, openAiDuration } from '../../../src/gateway/admit/limit-headers.ts';
import type { LimitStanding } from '../../../src/core/ledger/admission.ts';
import type { Limit } from '../../../src/core/ledger/limit.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import { day, minute, month, total } from '../../../src/core/ledger/window.ts';

const atMs = Date.UTC(2026, 10, 20);
const call = { endpoint: 'chat', model: 'm', atMs } as const;
const standing = (posted: number, held: number, resetsInMs?: number): LimitStanding => ({
  posted,
  held,
  resetsAt: resetsInMs === undefined ? undefined : epochMs(atMs + resetsInMs),
});

describe('the limits of an answer', () => {
  test('are shown as the grant has them, the call’s own hold included', () => {
    const limits: Limit[] = [
      { metric: 'usd', window: month, max: 1_000_000_000 },
      { metric: 'requests', window: minute, max: 10 },
      { metric: 'tokens', window: day, max: 1000 },
    ];
    const standings = [standing(250_000_000, 50_000_000), standing(3, 2, 1500), standing(100, 400, 3_723_000)];
    expect(limitHeaders(limits, { standings, tokens: 300, nanoUsd: 40_000_000 }, call)).toEqual({
      'x-gateway-usage-usd': '0.25',
      'x-gateway-limit-usd': '1.00',
      'x-gateway-remaining-usd': '0.70',
      'x-ratelimit-limit-requests': '10',
      'x-ratelimit-remaining-requests': '5',
      'x-ratelimit-reset-requests': '2s',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '500',
      'x-ratelimit-reset-tokens': '1h2m3s',
    });
  });

  test('have what the call came to in place of its hold, where that is known', () => {
    const limits: Limit[] = [
      { metric: 'usd', window: total, max: 1_000_000_000 },
      { metric: 'requests', window: total, max: 10 },
      { metric: 'tokens', window: total, max: 1000 },
    ];
    const standings = [standing(0, 40_000_000), standing(0, 1), standing(0, 300)];
    const ended = { tokens: 30, nanoUsd: 1_000_000 };
    expect(limitHeaders(limits, { standings, tokens: 300, nanoUsd: 40_000_000 }, call, ended)).toMatchObject({
      'x-gateway-usage-usd': '0.001',
      'x-gateway-remaining-usd': '0.999',
      'x-ratelimit-remaining-requests': '9',
      'x-ratelimit-remaining-tokens': '970',
      'x-ratelimit-reset-tokens': '0ms',
    });
  });

  test('are the tightest of each metric that counts the call; gauges have no header', () => {
    const limits: Limit[] = [
      { metric: 'requests', window: day, max: 100 },
      { metric: 'requests', window: minute, max: 50 },
      { metric: 'requests', window: minute, max: 1, scope: { endpoint: 'embeddings' } },
      { metric: 'requests', window: minute, max: 2, scope: { models: ['other*'] } },
      { metric: 'concurrency', window: total, max: 1 },
    ];
    const standings = limits.map((_, index) => standing(index === 0 ? 60 : 0, 0));
    expect(limitHeaders(limits, { standings, tokens: 0, nanoUsd: 0 }, call)).toMatchObject({
      'x-ratelimit-limit-requests': '100',
      'x-ratelimit-remaining-requests': '40',
    });
  });

  test("are shown to Anthropic's clients as Anthropic does, with the moment of the reset", () => {
    const limits: Limit[] = [
      { metric: 'usd', window: month, max: 1_000_000_000 },
      { metric: 'requests', window: minute, max: 10 },
      { metric: 'tokens', window: total, max: 1000 },
    ];
    const standings = [standing(250_000_000, 50_000_000), standing(3, 2, 1500), standing(100, 400)];
    const grant = { standings, tokens: 300, nanoUsd: 40_000_000 };
    expect(limitHeaders(limits, grant, { ...call, endpoint: 'messages' })).toEqual({
      'x-gateway-usage-usd': '0.25',
      'x-gateway-limit-usd': '1.00',
      'x-gateway-remaining-usd': '0.70',
      'anthropic-ratelimit-requests-limit': '10',
      'anthropic-ratelimit-requests-remaining': '5',
      'anthropic-ratelimit-requests-reset': '2026-11-20T00:00:02Z',
      'anthropic-ratelimit-tokens-limit': '1000',
      'anthropic-ratelimit-tokens-remaining': '500',
      'anthropic-ratelimit-tokens-reset': '2026-11-20T00:00:00Z',
    });
  });

  test('never remain below nothing', () => {
    const limits: Limit[] = [{ metric: 'tokens', window: total, max: 10 }];
    const grant = { standings: [standing(20, 5)], tokens: 5, nanoUsd: 0 };
    expect(limitHeaders(limits, grant, call)).toMatchObject({ 'x-ratelimit-remaining-tokens': '0' });
  });
});

describe('a duration', () => {
  test.each([
    [0, '0ms'],
    [1, '1ms'],
    [999, '999ms'],
    [1000, '1s'],
    [1001, '2s'],
    [59_999, '1m0s'],
    [60_000, '1m0s'],
    [360_000, '6m0s'],
    [3_599_001, '1h0m0s'],
    [3_723_000, '1h2m3s'],
    [90 * 86_400_000, '2160h0m0s'],
  ])('of %i ms is written as %s', (ms, text) => {
    expect(openAiDuration(ms)).toBe(text);
  });

  test('is read back as no shorter than it is, and not a second longer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 * 86_400_000 }), (ms) => {
        const [, hours = 0, minutes = 0, seconds = 0, millis = 0] =
          /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(openAiDuration(ms)) ?? [];
        const read = Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000 + Number(millis);
        expect(read).toBeGreaterThanOrEqual(ms);
        expect(read).toBeLessThan(ms + 1000);
      }),
    );
  });
});
