import { expect, test } from 'vitest';
import { runProgram } from './program.ts';
import { everythingHappened } from './tree/everything-happened.ts';

test('what accounts came to is counted by those above, once and all of it (share 2 of 2)', async () => {
  expect(await runProgram('tree/run-trees.ts', 1)).toEqual(everythingHappened);
});
