import { expect, test } from 'vitest';
import { loadRanks } from '../../../src/tokenizer/load-ranks.ts';
import { countO200k } from '../../../src/tokenizer/o200k.ts';

test('the table of a tokenizer comes with the Worker, and is read once', async () => {
  const ranks = await loadRanks();
  expect(countO200k('Hello there, you', ranks)).toBe(4);
  expect(await loadRanks()).toBe(ranks);
});
