import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { faults } from './fault.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('run-with-fault.ts', import.meta.url).href);

/** So many runs are enough for the best hidden of them; most are found by the first. */
const seeds = 200;
const stepCount = 200;

describe('the simulator finds it when', () => {
  test.concurrent.each(faults.map((fault, number) => ({ ...fault, number })))('$what', async ({ number, breaks }) => {
    const { stdout } = await run(process.execPath, [program, String(number), String(seeds), String(stepCount)]);
    expect(JSON.parse(stdout)).toContain(breaks);
  });

  test('there is a fault for each promise', () => {
    const promises = ['no overrun', 'exactly once', 'durable', 'no leak', 'no false refusal', 'conservation'];
    expect(faults.map(({ breaks }) => breaks)).toEqual(expect.arrayContaining(promises));
  });
});
