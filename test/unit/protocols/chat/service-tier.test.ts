import { expect, test } from 'vitest';
import { openAiTier } from '../../../../src/protocols/chat/service-tier.ts';

test.each([
  ['priority', 'priority'],
  ['standard', 'default'],
  ['batch', undefined],
  ['on_demand', undefined],
  [undefined, undefined],
])("the tier %s is told to OpenAI's clients as %s", (served, told) => {
  expect(openAiTier(served)).toBe(told);
});
