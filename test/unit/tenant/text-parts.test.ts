import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textParts } from '../../../src/actors/tenant/sql-store.ts';

test.each([
  ['', ['']],
  ['abc', ['abc']],
  ['abcd', ['abc', 'd']],
  ['ab\u{1f600}', ['ab', '\u{1f600}']],
  ['a\u{1f600}', ['a\u{1f600}']],
  ['\u{1f600}\u{1f600}', ['\u{1f600}', '\u{1f600}']],
])('%j in parts of three characters is %j', (text, parts) => {
  expect(textParts(text, 3)).toEqual(parts);
});

test('the parts of any text are the text, and each of them is one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), fc.integer({ min: 2, max: 9 }), (text, max) => {
      const parts = textParts(text, max);
      expect(parts.join('')).toBe(text);
      for (const part of parts) {
        expect(part.length).toBeLessThanOrEqual(max);
        expect(part.isWellFormed()).toBe(true);
      }
    }),
  );
});
