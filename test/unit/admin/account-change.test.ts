import { describe, expect, test } from 'vitest';
import { changedUser, isExpected, withLimitsOf } from '../../../src/actors/directory/account-change.ts';

import { strictestStatus } from '../../../src/core/account/effective-policy.ts';

const limits = (max: number) => [{ metric: 'requests' as const, per: 'day', max }];

describe('the status that holds', () => {
  test.each([
    [undefined, undefined, undefined],
    ['active', undefined, 'active'],
    [undefined, 'suspended', 'suspended'],
    ['suspended', 'active', 'suspended'],
    ['active', 'revoked', 'revoked'],
    ['revoked', 'suspended', 'revoked'],
  ] as const)('of %s and %s is %s', (one, other, strictest) => {
    expect(strictestStatus(one, other)).toBe(strictest);
  });
});

describe('a version', () => {
  test('is expected where no condition is made, or one names it', () => {
    expect(isExpected(3, undefined)).toBe(true);
    expect(isExpected(3, [1, 3])).toBe(true);
    expect(isExpected(3, [1])).toBe(false);
    expect(isExpected(3, [])).toBe(false);
  });
});

describe('what is left of a refused change', () => {
  test('is all but its limits and its plan', () => {
    const after = { name: 'b', policy: { limits: limits(2), plan: 'pro', maxTokens: 5 } };
    expect(withLimitsOf(after, { name: 'a', policy: { limits: limits(1), maxTokens: 9 } })).toEqual({
      name: 'b',
      policy: { limits: limits(1), maxTokens: 5 },
    });
    expect(withLimitsOf(after, { name: 'a', policy: { plan: 'free' } })).toEqual({
      name: 'b',
      policy: { plan: 'free', maxTokens: 5 },
    });
  });
});

describe('a changed user', () => {
  const before = {
    id: 'u',
    email: 'a@example.com',
    organization: 'acme',
    policy: { plan: 'pro' },
    version: 1,
    createdAtMs: 0,
  };

  test('keeps what is not named', () => {
    expect(changedUser(before, {})).toEqual({ email: 'a@example.com', organization: 'acme', policy: { plan: 'pro' } });
  });

  test('loses what is named null', () => {
    expect(changedUser(before, { organization: null, policy: { plan: null } })).toEqual({
      email: 'a@example.com',
      policy: {},
    });
  });
});
