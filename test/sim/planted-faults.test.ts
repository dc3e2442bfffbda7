import { describe, expect, test } from 'vitest';
import { faults } from './fault.ts';
import { foundBy } from './found-by.ts';
import { runProgram } from './program.ts';

/** So many runs are enough for the best hidden of them; most are found by the first. */
const seeds = 400;
const stepCount = 200;

describe('the simulator finds it when', () => {
  test.concurrent.each(faults.map((fault, number) => ({ ...fault, number })))(
    '$what',
    async ({ what, number, breaks }) => {
      const found = await runProgram('run-with-fault.ts', number, seeds, stepCount, foundBy.get(what) ?? 1);
      expect(found).toMatchObject({ broken: expect.arrayContaining([breaks]) });
    },
  );

  test('the seeds that are known belong to faults that there are', () => {
    const known = faults.map(({ what }) => what);
    expect([...foundBy.keys()].filter((what) => !known.includes(what))).toEqual([]);
  });

  test('there is a fault for each promise', () => {
    const promises = ['no overrun', 'exactly once', 'durable', 'no leak', 'no false refusal', 'conservation'];
    expect(faults.map(({ breaks }) => breaks)).toEqual(expect.arrayContaining(promises));
  });
});
