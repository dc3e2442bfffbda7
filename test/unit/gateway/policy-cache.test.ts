import { describe, expect, test } from 'vitest';
import { PolicyCache } from '../../../src/gateway/request/policy-cache.ts';
import { policyCacheEntriesMax } from '../../../src/limits.ts';
import type { AccountView } from '../../../src/core/account/protocol.ts';

const view = (id: string, version = 1): AccountView => ({
  id,
  version,
  userId: 'u_1',
  test: false,
  policy: {},
  limits: [],
  planVersion: 0,
});

describe('what an isolate remembers of accounts', () => {
  test('is what it last heard', () => {
    const cache = new PolicyCache();
    expect(cache.get('a')).toBeUndefined();
    cache.set(view('a', 1));
    cache.set(view('a', 2));
    expect(cache.get('a')?.version).toBe(2);
  });

  test('are so many, and of one more it forgets the one that it has not heard of for longest', () => {
    const cache = new PolicyCache();
    for (let n = 0; n < policyCacheEntriesMax; n += 1) cache.set(view(`k_${n}`));
    expect(cache.get('k_0')).toBeDefined();
    cache.set(view('k_0', 2));
    cache.set(view('one-more'));
    expect(cache.get('k_0')?.version).toBe(2);
    expect(cache.get('k_1')).toBeUndefined();
    expect(cache.get('k_2')).toBeDefined();
    expect(cache.get('one-more')).toBeDefined();
  });
});
