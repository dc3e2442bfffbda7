import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endOfText, textBetweenQuotes } from '../../../../src/protocols/json/json-text.ts';

const text = fc
  .array(fc.constantFrom('"', '\\', '\n', '\u0000', 'a', 'é', '🌊', '\ud800', ','), { maxLength: 8 })
  .map((characters) => characters.join(''));

describe('a string of JSON', () => {
  test('ends where its text does, whatever follows, and says what it says', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const json = `${JSON.stringify(one)},${JSON.stringify(other)}`;
        const end = endOfText(json, 1);
        expect(end).toBe(JSON.stringify(one).length - 1);
        expect(textBetweenQuotes(json.slice(1, end))).toBe(one);
      }),
    );
  });

  test('is anything that parses as one between quotes, and nothing else', () => {
    fc.assert(
      fc.property(text, (between) => {
        let parsed: unknown;
        try {
          parsed = JSON.parse(`"${between}"`);
        } catch {
          parsed = undefined;
        }
        expect(textBetweenQuotes(between)).toBe(parsed);
      }),
    );
  });

  test.each(['', 'abc', '\\"', 'abc\\\\\\"'])('has no end in %j', (json) => {
    expect(endOfText(json, 0)).toBe(-1);
  });
});
