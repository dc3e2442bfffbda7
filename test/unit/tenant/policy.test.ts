import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { limitMaxNanoUsd, limitsPerAccountMax } from '../../../src/limits.ts';
import { formatPer, parsePer } from '../../../src/core/account/per.ts';
import { keptBytesLeast, keptBytesMost, responseHoursMax } from '../../../src/core/account/response-limits.ts';
import { ledgerLimits, patchPolicy, policyPatchSchema, policySchema } from '../../../src/core/account/policy.ts';

const issuesOf = (policy: unknown): string[] => {
  const parsed = v.safeParse(policySchema, policy);
  return parsed.success ? [] : parsed.issues.map((issue) => `${v.getDotPath(issue) ?? ''}: ${issue.message}`);
};

describe('a policy', () => {
  test('with every limit that the reference shows is taken, and counted as it is written', () => {
    const limits = [
      { metric: 'requests', per: 'minute', max: 100 },
      { metric: 'usd', per: 'month', max: '25.00' },
      { metric: 'usd', per: 'total', max: 500 },
      { metric: 'requests', per: '15m', max: 10, endpoint: 'embeddings' },
      { metric: 'tokens', per: 'day', max: 200_000, models: ['gpt-5*'] },
      { metric: 'concurrency', max: 20 },
      { metric: 'streams', max: 4 },
    ];
    const policy = v.parse(policySchema, { limits });
    expect(ledgerLimits(policy.limits ?? [])).toEqual([
      { metric: 'requests', window: { kind: 'sliding', ms: 60_000 }, max: 100 },
      { metric: 'usd', window: { kind: 'month' }, max: 25_000_000_000 },
      { metric: 'usd', window: { kind: 'total' }, max: 500_000_000_000 },
      { metric: 'requests', window: { kind: 'sliding', ms: 900_000 }, max: 10, scope: { endpoint: 'embeddings' } },
      { metric: 'tokens', window: { kind: 'sliding', ms: 86_400_000 }, max: 200_000, scope: { models: ['gpt-5*'] } },
      { metric: 'concurrency', window: { kind: 'total' }, max: 20 },
      { metric: 'streams', window: { kind: 'total' }, max: 4 },
    ]);
  });

  test.each([
    ['a list in place of globs', { models: [] }, 'models'],
    ['a list in place of metadata', { metadata: [] }, 'metadata'],
    ['an unknown field', { limit: [] }, 'limit'],
    ['an empty allow list', { models: { allow: [] } }, 'models.allow'],
    ['a limit without its window', { limits: [{ metric: 'usd', max: '1' }] }, 'limits.0.per'],
    [
      'a concurrency limit with a window',
      { limits: [{ metric: 'concurrency', per: 'minute', max: 1 }] },
      'limits.0.per',
    ],
    ['a window that is too short', { limits: [{ metric: 'usd', per: '29s', max: '1' }] }, 'limits.0.per'],
    ['a window that is too long', { limits: [{ metric: 'usd', per: '91d', max: '1' }] }, 'limits.0.per'],
    ['a negative maximum', { limits: [{ metric: 'requests', per: 'day', max: -1 }] }, 'limits.0.max'],
    ['half a request', { limits: [{ metric: 'requests', per: 'day', max: 0.5 }] }, 'limits.0.max'],
    ['requests as text', { limits: [{ metric: 'requests', per: 'day', max: '5' }] }, 'limits.0.max'],
    ['a tenth decimal', { limits: [{ metric: 'usd', per: 'day', max: '0.0000000001' }] }, 'limits.0.max'],
    [
      'more than nine million dollars',
      { limits: [{ metric: 'usd', per: 'day', max: '9000000.000000001' }] },
      'limits.0.max',
    ],
    ['a time that is none', { expiresAt: 'tomorrow' }, 'expiresAt'],
    ['a day that no year has', { expiresAt: '2026-02-30T00:00:00Z' }, 'expiresAt'],
    ['a status that is none', { status: 'paused' }, 'status'],
  ])('with %s is refused, and the field is named', (_, policy, field) => {
    expect(issuesOf(policy).map((issue) => issue.slice(0, issue.indexOf(':')))).toContain(field);
  });

  test('takes nine million dollars, and as many limits as an account may have, and not one more', () => {
    const usd = { metric: 'usd', per: 'day', max: '9000000' } as const;
    expect(issuesOf({ limits: Array.from({ length: limitsPerAccountMax }, () => usd) })).toEqual([]);
    expect(issuesOf({ limits: Array.from({ length: limitsPerAccountMax + 1 }, () => usd) })).not.toEqual([]);
    expect(ledgerLimits([usd])[0]?.max).toBe(limitMaxNanoUsd);
  });

  test.each([
    [{ hours: 1, bytesMax: '1MB' }, []],
    [{ hours: responseHoursMax, bytesMax: '1GiB' }, []],
    [{ store: false, bytesMax: keptBytesLeast }, []],
    [{ bytesMax: keptBytesMost }, []],
    [{ hours: 0 }, ['responses.hours: must be a whole number of hours from 1 to 720']],
    [{ hours: responseHoursMax + 1 }, ['responses.hours: must be a whole number of hours from 1 to 720']],
    [{ hours: 1.5 }, ['responses.hours: must be a whole number of hours from 1 to 720']],
    [{ bytesMax: keptBytesLeast - 1 }, ['responses.bytesMax: must be at least "1MB"']],
    [{ bytesMax: keptBytesMost + 1 }, ['responses.bytesMax: must be at most "1GiB"']],
    [
      { bytesMax: '64 megabytes' },
      ['responses.bytesMax: must be a whole number of bytes, or text such as "64MB" or "64MiB"'],
    ],
    [{ store: 'no' }, ['responses.store: must be true or false']],
  ])('that keeps responses so: %j, is told %j', (responses, issues) => {
    expect(issuesOf({ responses })).toEqual(issues);
  });

  test.each([
    ['a list', []],
    ['a field that there is not', { days: 1 }],
  ])('that has %s where it says how responses are kept is refused', (_, responses) => {
    expect(issuesOf({ responses })).not.toEqual([]);
  });

  test('is changed field by field, and null removes one', () => {
    const policy = v.parse(policySchema, { plan: 'pro', maxTokens: 100, waitMs: 5 });
    const patch = v.parse(policyPatchSchema, { plan: null, maxTokens: 200 });
    expect(patchPolicy(policy, patch)).toEqual({ maxTokens: 200, waitMs: 5 });
  });
});

describe('the window of a limit', () => {
  test.each(['minute', 'hour', 'day', 'month', 'total', '30s', '15m', '6h', '90d', '45s'])(
    '%s is written back as it was',
    (per) => {
      const window = parsePer(per);
      expect(window).toBeDefined();
      expect(window === undefined ? '' : formatPer(window)).toBe(per);
    },
  );

  test.each(['', 'week', '0m', '1.5h', '-1d', '29s', '91d', 'constructor', '1M'])('"%s" is none', (per) => {
    expect(parsePer(per)).toBeUndefined();
  });
});
