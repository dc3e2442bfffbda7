import { describe, expect, test } from 'vitest';
import { effectivePolicy } from '../../../src/core/account/effective-policy.ts';
import type { Policy } from '../../../src/core/account/policy.ts';

/** Goal: restrictions of all levels add up, a preference is the nearest one, and limits stay where they are. */

describe('a policy with those above it', () => {
  test.each<[what: string, own: Policy, above: Policy[], expected: Policy]>([
    ['the strictest status', {}, [{ status: 'active' }, { status: 'suspended' }], { status: 'suspended' }],
    ['the least cap', { maxTokens: 100 }, [{ maxTokens: 50 }, { maxTokens: 70 }], { maxTokens: 50 }],
    ['a cap that only one has', {}, [{}, { maxTokens: 70 }], { maxTokens: 70 }],
    [
      'the earliest end',
      { expiresAt: '2027-01-01T00:00:00Z' },
      [{ expiresAt: '2026-12-31T23:00:00-02:00' }, { expiresAt: '2026-12-31T22:00:00Z' }],
      { expiresAt: '2026-12-31T22:00:00Z' },
    ],
    ['what forbids capture', { capture: 'full' }, [{ capture: 'none' }], { capture: 'none' }],
    ['what fails closed', { failureMode: 'open' }, [{ failureMode: 'closed' }], { failureMode: 'closed' }],
    [
      'the least for failing open',
      { fallbackDailyUsd: '5' },
      [{ fallbackDailyUsd: '0.5' }],
      { fallbackDailyUsd: '0.5' },
    ],
    ['what keeps no answers', {}, [{ idempotency: 'charge-only' }, {}], { idempotency: 'charge-only' }],
    ['what keeps numbers back', { disclose: 'all' }, [{}, { disclose: 'own' }], { disclose: 'own' }],
    [
      'what keeps no responses, and the nearest of the rest',
      { responses: { hours: 5 } },
      [{ responses: { store: false, hours: 7 } }],
      { responses: { store: false, hours: 5 } },
    ],
    [
      'the nearest preference',
      { waitMs: 0 },
      [
        { waitMs: 7, onAbort: 'hold', defaultModel: 'near' },
        { fallback: 'fail', onAbort: 'drain', defaultModel: 'far' },
      ],
      { waitMs: 0, onAbort: 'hold', defaultModel: 'near', fallback: 'fail' },
    ],
    ['no limits, plan or metadata of others', {}, [{ limits: [], plan: 'free', metadata: { a: 'b' } }], {}],
  ])('has %s', (_, own, above, expected) => {
    expect(effectivePolicy(own, above)).toEqual(expected);
  });

  test('has the lists of each level beside its own', () => {
    const above: Policy[] = [{ models: { allow: ['gpt*'] } }, {}, { providers: { deny: ['groq'] } }];
    expect(effectivePolicy({ models: { deny: ['gpt-4'] } }, above)).toEqual({
      models: { deny: ['gpt-4'] },
      listsAbove: [{ models: { allow: ['gpt*'] } }, { providers: { deny: ['groq'] } }],
    });
  });
});
