import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ScannedObject } from '../../../../src/protocols/json/json-scan.ts';
import { type Edit, cutBytes, cutText, cutsFor } from '../../../../src/protocols/json/json-splice.ts';
import { objectText, parsed, scanned, valueText } from '../../../support/json-text.ts';

describe('a splice', () => {
  /** In the text and in its bytes, which must come to the same. */
  function spliceObject(text: string, object: ScannedObject, edits: readonly Edit[]): string {
    const cuts = cutsFor(object, edits);
    const bytes = new TextEncoder().encode(text);
    const spliced = cutText(text, cuts);
    expect(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(cutBytes(bytes, text, cuts))).toBe(
      spliced,
    );
    if (cuts.length === 0) expect(cutBytes(bytes, text, cuts)).toBe(bytes);
    return spliced;
  }

  const someEdits = fc.uniqueArray(
    fc.record({ name: fc.constantFrom('a', 'b', 'model', 'n"'), value: fc.option(valueText, { nil: undefined }) }),
    { selector: ({ name }) => name },
  );
  const names = fc.constantFrom('"a"', '"b"', '"c"', '"model"', '"\\u0064"', '"n\\""');
  const body = objectText(
    fc.uniqueArray(fc.record({ name: names, value: valueText }), { selector: ({ name }) => name, maxLength: 6 }),
  );

  test('changes what it is to change, and parses as though the object had been changed', () => {
    fc.assert(
      fc.property(body, someEdits, (text, changes) => {
        const expected = parsed(text);
        for (const { name, value } of changes) {
          if (value === undefined) delete expected[name];
          else expected[name] = JSON.parse(value);
        }
        expect(parsed(spliceObject(text, scanned(text), changes))).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('leaves every other member as it was, to the byte and in its place', () => {
    fc.assert(
      fc.property(body, someEdits, (text, changes) => {
        const changed = new Set<string>(changes.map(({ name }) => name));
        const spliced = spliceObject(text, scanned(text), changes);
        const kept = (of: string): string[] =>
          scanned(of)
            .members.filter(({ name }) => !changed.has(name))
            .map(({ nameStart, valueEnd }) => of.slice(nameStart, valueEnd));
        expect(kept(spliced)).toEqual(kept(text));
      }),
      { numRuns: 1000 },
    );
  });

  test('keeps the spaces between members that stay', () => {
    const text = ' { "a" : 1.0 ,\n "b":12345678901234567890,\t"c": [ 1e2 ] } ';
    expect(spliceObject(text, scanned(text), [{ name: 'b', value: '2' }])).toBe(
      ' { "a" : 1.0 ,\n "b":2,\t"c": [ 1e2 ] } ',
    );
    expect(spliceObject(text, scanned(text), [{ name: 'b', value: undefined }])).toBe(' { "a" : 1.0,\t"c": [ 1e2 ] } ');
    expect(spliceObject(text, scanned(text), [{ name: 'd', value: '2' }])).toBe(
      ' { "a" : 1.0 ,\n "b":12345678901234567890,\t"c": [ 1e2 ],"d":2 } ',
    );
  });

  test('answers with the very text where nothing changes', () => {
    const text = '{"a":1}';
    expect(spliceObject(text, scanned(text), [])).toBe(text);
    expect(spliceObject(text, scanned(text), [{ name: 'b', value: undefined }])).toBe(text);
  });
});
