import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SteadyClock } from '../../src/steady-clock.ts';

test('steady time follows the wall clock as long as that is never set back', () => {
  const clock = new SteadyClock(1000, 0);
  expect([1000, 1000, 2500].map((wallMs) => clock.read(wallMs))).toEqual([1000, 1000, 2500]);
});

test('steady time goes on from where it was when the wall clock is set back', () => {
  const clock = new SteadyClock(10_000, 0);
  expect([10_000, 4000, 4500, 12_000].map((wallMs) => clock.read(wallMs))).toEqual([10_000, 10_000, 10_500, 18_000]);
});

test('steady time does not fall behind what an earlier life had reached', () => {
  const clock = new SteadyClock(4000, 10_000);
  expect([4000, 4500].map((wallMs) => clock.read(wallMs))).toEqual([10_000, 10_500]);
});

test('steady time never runs backwards and counts every forward step in full', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -100_000, max: 100_000 })), (steps) => {
      const clock = new SteadyClock(1_000_000, 0);
      let wallMs = 1_000_000;
      let expectedMs = clock.read(wallMs);
      for (const byMs of steps) {
        wallMs += byMs;
        expectedMs += Math.max(0, byMs);
        expect(clock.read(wallMs)).toBe(expectedMs);
      }
    }),
  );
});
