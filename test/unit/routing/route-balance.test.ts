import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Trouble, modelsOf, nowMs, planned } from '../../support/plan.ts';
import { routesCatalog } from '../../support/routes.ts';

const of = routesCatalog(
  {
    even: { strategy: 'balance', by: 'weight', models: ['tiny', 'small', 'wide'] },
    uneven: {
      strategy: 'balance',
      by: 'weight',
      arms: [
        { model: 'tiny', weight: 3 },
        { model: 'small', weight: 1 },
        { model: 'wide', weight: 0 },
      ],
    },
    fast: { strategy: 'balance', by: 'latency', models: ['tiny', 'small', 'wide'] },
    pools: { strategy: 'balance', by: 'weight', models: ['pool', 'tiny'] },
  },
  {
    pool: { targets: [{ provider: 'many', model: 'pool' }], contextTokens: 10_000, maxOutputTokens: 4000 },
  },
);

const seeds = Array.from({ length: 4000 }, (_, at) => at / 4000);

/** How often in a hundred each comes first. */
function shares(model: string, trouble: Trouble = {}): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const seed of seeds) {
    const [first = ''] = modelsOf(planned(of, { model }, { ...trouble, seed }));
    counts[first] = (counts[first] ?? 0) + 100 / seeds.length;
  }
  return counts;
}

describe('a balance by weight', () => {
  test('gives each model its share, and nothing to one without a weight', () => {
    expect(shares('even')).toEqual({
      tiny: expect.closeTo(33, -1),
      small: expect.closeTo(33, -1),
      wide: expect.closeTo(33, -1),
    });
    const uneven = shares('uneven');
    expect(uneven['tiny']).toBeGreaterThan(72);
    expect(uneven['tiny']).toBeLessThan(78);
    expect(uneven['wide']).toBeUndefined();
  });

  test('draws among those that can be called, also where only the first is to be tried', () => {
    const open = { 'at-tiny/default': nowMs + 1 };
    expect(shares('uneven', { open })).toEqual({ small: expect.closeTo(100, 5) });
    const plan = planned(of, { model: 'uneven', fallback: 'fail' }, { open });
    expect(modelsOf(plan)).toEqual(['small']);
  });

  test('does not tie a model to certain endpoints of its provider', () => {
    const seen = seeds.map((seed) => {
      const [first] = planned(of, { model: 'pools' }, { seed }).attempts;
      return first.candidate.modelName === 'pool' ? first.endpointName : undefined;
    });
    for (const name of ['east', 'west', 'north']) {
      expect(seen.filter((each) => each === name).length / seeds.length).toBeCloseTo(1 / 6, 1);
    }
  });
});

describe('a balance by latency', () => {
  test('is one by weight as long as nothing was measured', () => {
    expect(shares('fast')).toEqual({
      tiny: expect.closeTo(33, -1),
      small: expect.closeTo(33, -1),
      wide: expect.closeTo(33, -1),
    });
  });

  test('gives a model that is twice as fast four times as much', () => {
    const drawn = shares('fast', { firstByteMs: { 'at-tiny/tiny': 200, 'at-small/small': 400, 'at-wide/wide': 400 } });
    expect(drawn['tiny']).toBeCloseTo(66.7, -1);
    expect(drawn['small']).toBeCloseTo(16.7, -1);
  });

  test('tries what was not measured of late as if it were as fast as the fastest', () => {
    const drawn = shares('fast', { firstByteMs: { 'at-tiny/tiny': 200, 'at-small/small': 2000 } });
    expect(drawn['wide']).toBeCloseTo(49, -1);
  });

  test('starves nobody, however slow', () => {
    const { small = 0 } = shares('fast', {
      firstByteMs: { 'at-tiny/tiny': 1, 'at-small/small': 3_600_000, 'at-wide/wide': 1 },
    });
    expect(small).toBeGreaterThan(1);
    expect(small).toBeLessThan(4);
  });

  test('says what it went by', () => {
    const firstByteMs = { 'at-tiny/tiny': 200, 'at-small/small': 200, 'at-wide/wide': 200 };
    expect(planned(of, { model: 'fast' }, { firstByteMs }).route?.reason).toBe(
      'drawn by latency: 200 ms to its first byte',
    );
    expect(planned(of, { model: 'fast' }).route?.reason).toContain('not measured');
    expect(planned(of, { model: 'even' }).route?.reason).toBe('drawn by weight');
  });

  test('has every model in its order, whatever was measured', () => {
    const times = fc.option(fc.integer({ min: 0, max: 4_000_000 }), { nil: undefined });
    fc.assert(
      fc.property(times, times, fc.double({ min: 0, max: 0.999_999, noNaN: true }), (tiny, small, seed) => {
        const firstByteMs = {
          ...(tiny === undefined ? {} : { 'at-tiny/tiny': tiny }),
          ...(small === undefined ? {} : { 'at-small/small': small }),
        };
        const models = modelsOf(planned(of, { model: 'fast' }, { firstByteMs, seed }));
        expect(models.toSorted()).toEqual(['small', 'tiny', 'wide']);
      }),
    );
  });
});
