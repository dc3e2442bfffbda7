import { describe, expect, test } from 'vitest';
import { derivedSeed, hashFraction, stableHash } from '../../../src/core/routing/stable-hash.ts';

describe('the stable hash', () => {
  test('is the same for ever', () => {
    expect(['', 'a', 'weir', 'ünïcödé 🎉'].map(stableHash)).toEqual([0, 721651713, 1473510903, 1277158713]);
  });

  test('spreads what differs in a single character', () => {
    const buckets = Array.from({ length: 10 }, () => 0);
    for (let at = 0; at < 10_000; at += 1) {
      const bucket = Math.floor(hashFraction(`user-${at}`) * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test('makes of one seed others that have nothing to do with it', () => {
    const low = Array.from({ length: 2000 }, (_, at) => at / 4000);
    const mean = low.reduce((sum, seed) => sum + derivedSeed(seed, 'route'), 0) / low.length;
    expect(mean).toBeCloseTo(0.5, 1);
    expect(derivedSeed(0.25, 'route')).not.toBe(derivedSeed(0.25, 'other'));
    expect(derivedSeed(0.25, 'route')).toBe(derivedSeed(0.25, 'route'));
  });
});
