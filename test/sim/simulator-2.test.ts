import { expect, test } from 'vitest';
import { runProgram } from './program.ts';

test('whatever happens to an account, the six promises are kept (share 2 of 4)', async () => {
  expect(await runProgram('run-share.ts', 1)).toEqual([]);
});
