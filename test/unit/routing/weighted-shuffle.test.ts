import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shuffledByWeight } from '../../../src/core/routing/weighted-shuffle.ts';

const item = fc.record({ weight: fc.integer({ min: 1, max: 1000 }) });
const seed = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('every item comes exactly once', () => {
  fc.assert(
    fc.property(fc.array(item, { maxLength: 16 }), seed, (items, random) => {
      const shuffled = shuffledByWeight(items, random);
      expect(shuffled.length).toBe(items.length);
      expect(new Set(shuffled)).toEqual(new Set(items));
    }),
  );
});

test('each order comes as often as the weights say', () => {
  const items = [
    { name: 'a', weight: 1 },
    { name: 'b', weight: 2 },
    { name: 'c', weight: 5 },
  ];
  const counts = new Map<string, number>();
  const draws = 80_000;
  for (let draw = 0; draw < draws; draw += 1) {
    const order = shuffledByWeight(items, draw / draws).map(({ name }) => name);
    counts.set(order.join(''), (counts.get(order.join('')) ?? 0) + 1);
  }
  const share = (order: string): number => (counts.get(order) ?? 0) / draws;
  expect(share('abc')).toBeCloseTo((1 / 8) * (2 / 7), 3);
  expect(share('acb')).toBeCloseTo((1 / 8) * (5 / 7), 3);
  expect(share('bac')).toBeCloseTo((2 / 8) * (1 / 6), 3);
  expect(share('bca')).toBeCloseTo((2 / 8) * (5 / 6), 3);
  expect(share('cab')).toBeCloseTo((5 / 8) * (1 / 3), 3);
  expect(share('cba')).toBeCloseTo((5 / 8) * (2 / 3), 3);
});
