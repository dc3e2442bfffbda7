import { describe, expect, test } from 'vitest';
import { faults } from './fault.ts';
import { foundBy } from './found-by.ts';
import { runProgram } from './program.ts';
import type { Found } from './run-with-faults.ts';

/** So many runs are enough for the best hidden of them; most are found by the first. */
const seeds = 1000;
const stepCount = 200;
/** Each takes its share of the faults one after the other: it would take longer to start a program for each. */
const programs = 4;

const results = Promise.all(
  Array.from({ length: programs }, async (_, number) => {
    // By the program, this is what it prints.
    return (await runProgram('run-with-faults.ts', number, programs, seeds, stepCount)) as readonly Found[];
  }),
);
// Each test hears of it. Before the first one has asked, nobody has.
results.catch(() => undefined);

describe('the simulator finds it when', () => {
  test.each(faults.map((fault, number) => ({ ...fault, number })))('$what', async ({ number, breaks }) => {
    const found = (await results).flat().find((one) => one.number === number);
    expect(found?.problem).toBeUndefined();
    expect(found?.broken).toContain(breaks);
  });

  test('the seeds that are known belong to faults that there are', () => {
    const known = faults.map(({ what }) => what);
    expect([...foundBy.keys()].filter((what) => !known.includes(what))).toEqual([]);
  });

  test('there is a fault for each promise', () => {
    const promises = ['no overrun', 'exactly once', 'durable', 'no leak', 'no false refusal', 'conservation'];
    expect(faults.map(({ breaks }) => breaks)).toEqual(expect.arrayContaining(promises));
  });
});
