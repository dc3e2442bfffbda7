import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TextTemplate } from '../../../../src/protocols/json/text-template.ts';

const text = fc
  .array(fc.constantFrom('"', '\\', '\n', '\u0000', 'a', 'é', '🌊', '\ud800', ','), { maxLength: 8 })
  .map((characters) => characters.join(''));

/** Knows events by the same fields that this one has, whose text is its first. */
function templateOf(event: { readonly text: string; readonly [field: string]: unknown }) {
  const withText = (other: string) => ({ ...event, text: other });
  return TextTemplate.of(JSON.stringify(event), event, { place: 0, name: 'text', text: event.text, withText });
}

describe('the text of an event', () => {
  test('ends where its text does, whatever follows, and says what it says', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const template = templateOf({ text: 'known', other });
        expect(template?.textIn(JSON.stringify({ text: one, other }))).toBe(one);
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
        expect(templateOf({ text: 'known' })?.textIn(`{"text":"${between}"}`)).toBe(parsed);
      }),
    );
  });

  test.each(['', 'abc', '\\"', 'abc\\\\\\"'])('has no end in %j', (json) => {
    expect(templateOf({ text: 'known' })?.textIn(`{"text":"${json}`)).toBeUndefined();
  });

  test('is known whatever number the event has, and whatever text beside it hides its length', () => {
    const event = (said: string, sequence: number, obfuscation: string) => ({
      obfuscation,
      text: said,
      sequence_number: sequence,
    });
    const template = templateOf(event('known', 7, 'abc'));
    expect(template?.textIn(JSON.stringify(event('a"b', 1234, '')))).toBe('a"b');
    expect(template?.sequence).toBe(1234);
    for (const data of [
      JSON.stringify(event('x', 1, '\n')),
      JSON.stringify({ ...event('x', 1, ''), more: 1 }),
      JSON.stringify(event('x', 1.5, '')),
      '{"obfuscation":"","text":"x","sequence_number":01}',
      '{"obfuscation":"","text":"x","sequence_number":1234567890}',
    ]) {
      expect(template?.textIn(data)).toBeUndefined();
    }
  });
});
