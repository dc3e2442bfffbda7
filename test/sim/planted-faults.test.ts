import { describe, expect, test } from 'vitest';
import { faults } from './fault.ts';
import { runProgram } from './program.ts';

/** So many runs are enough for the best hidden of them; most are found by the first. */
const seeds = 400;
const stepCount = 200;

describe('the simulator finds it when', () => {
  test.concurrent.each(faults.map((fault, number) => ({ ...fault, number })))('$what', async ({ number, breaks }) => {
    expect(await runProgram('run-with-fault.ts', number, seeds, stepCount)).toContain(breaks);
  });

  test('there is a fault for each promise', () => {
    const promises = ['no overrun', 'exactly once', 'durable', 'no leak', 'no false refusal', 'conservation'];
    expect(faults.map(({ breaks }) => breaks)).toEqual(expect.arrayContaining(promises));
  });
});
