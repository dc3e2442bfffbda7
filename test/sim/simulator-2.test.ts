import { expect, test } from 'vitest';
import { simulateShare } from './share.ts';

test('whatever happens to an account, the six promises are kept (share 2 of 4)', async () => {
  expect(await simulateShare(1)).toEqual([]);
});
