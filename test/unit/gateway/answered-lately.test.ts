import { expect, test } from 'vitest';
import { AnsweredLately } from '../../../src/gateway/attempt/answered-lately.ts';
import { answeredLatelyMs } from '../../../src/limits.ts';

const nowMs = 1_000_000;

test('a server has answered lately for so long, and not longer', () => {
  const answered = new AnsweredLately();
  expect(answered.has('one', nowMs)).toBe(false);
  answered.note('one', nowMs);
  expect(answered.has('one', nowMs + answeredLatelyMs - 1)).toBe(true);
  expect(answered.has('one', nowMs + answeredLatelyMs)).toBe(false);
  expect(answered.has('other', nowMs)).toBe(false);
});

test('a server that did not answer has not answered lately', () => {
  const answered = new AnsweredLately();
  answered.note('one', nowMs);
  answered.forget('one');
  expect(answered.has('one', nowMs)).toBe(false);
});
