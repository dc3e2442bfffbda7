import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodyDepthMax, bodyFieldsMax, bodyNodesMax } from '../../../../src/limits.ts';
import { countMembers, scanObject } from '../../../../src/protocols/json/json-scan.ts';
import { membersText, objectText, parsed, scanned } from '../../../support/json-text.ts';

describe('the scan of a body', () => {
  test('finds the members that JSON.parse finds, and nothing else', () => {
    fc.assert(
      fc.property(objectText(membersText), (text) => {
        const { members } = scanned(text);
        const found = members.map(({ name, valueStart, valueEnd }): [string, unknown] => [
          name,
          JSON.parse(text.slice(valueStart, valueEnd)),
        ]);
        expect(Object.fromEntries(found)).toEqual(parsed(text));
        expect(found.length).toBe(Object.keys(parsed(text)).length);
      }),
      { numRuns: 500 },
    );
  });

  test('leaves no space at either end of a value', () => {
    fc.assert(
      fc.property(objectText(membersText), (text) => {
        for (const { valueStart, valueEnd } of scanned(text).members) {
          const value = text.slice(valueStart, valueEnd);
          expect(value).toBe(value.trim());
        }
      }),
    );
  });

  test('never fails, nor runs on, whatever the text is', () => {
    const anyText = fc.oneof(
      fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', ' ', 'a', '1', '\n'), maxLength: 60 }),
      fc.tuple(objectText(membersText), fc.nat()).map(([text, cut]) => text.slice(0, cut % (text.length + 1))),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        const scan = scanObject(text);
        if (scan.kind === 'malformed' || scan.kind === 'not-an-object') {
          expect(isObjectText(text)).toBe(false);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('ends a string where it ends, after any number of backslashes and of any length', () => {
    for (const length of [0, 1, 10, 11, 12, 13, 14, 100]) {
      for (const backslashes of [0, 1, 2, 3]) {
        const text = JSON.stringify({
          a: `${'x'.repeat(length)}${'\\'.repeat(backslashes)}"}`,
          b: [`{"${'\\'.repeat(backslashes)}`],
        });
        expect(scanned(text).members.map(({ name }) => name)).toEqual(['a', 'b']);
      }
    }
  });

  test('refuses two members of one name, however the name is written', () => {
    expect(scanObject('{"max_tokens":1,"n":2,"max_tokens":100}')).toEqual({ kind: 'duplicate', name: 'max_tokens' });
    expect(scanObject('{"max_tokens":1,"m\\u0061x_tokens":100}')).toEqual({ kind: 'duplicate', name: 'max_tokens' });
    expect(scanObject('{"__proto__":1,"__proto__":2}')).toEqual({ kind: 'duplicate', name: '__proto__' });
    expect(scanObject('{"a":{"b":1,"c":{"b":2}},"b":3}').kind).toBe('object');
  });

  test('accepts a body that is as deep as the bound, and refuses one level more', () => {
    const nested = (depth: number, open: string, close: string): string =>
      `{"a":${open.repeat(depth - 1)}1${close.repeat(depth - 1)}}`;
    expect(scanObject(nested(bodyDepthMax, '[', ']')).kind).toBe('object');
    expect(scanObject(nested(bodyDepthMax + 1, '[', ']'))).toEqual({ kind: 'too-deep' });
    expect(scanObject(nested(bodyDepthMax, '{"b":', '}')).kind).toBe('object');
    expect(scanObject(nested(bodyDepthMax + 1, '{"b":', '}'))).toEqual({ kind: 'too-deep' });
    expect(scanObject(`{"a":${'['.repeat(5_000_000)}`)).toEqual({ kind: 'too-deep' });
  });

  test('accepts as many values as the bound, and refuses one more', () => {
    // The object and the list count too.
    const list = (values: number): string => `{"a":[${'1,'.repeat(values - 3)}1]}`;
    expect(scanObject(list(bodyNodesMax)).kind).toBe('object');
    expect(scanObject(list(bodyNodesMax + 1))).toEqual({ kind: 'too-many-nodes' });
  });

  test('accepts as many fields as the bound, and refuses one more', () => {
    const flat = (fields: number): string => `{${Array.from({ length: fields }, (_, at) => `"${at}":1`).join(',')}}`;
    expect(scanObject(flat(bodyFieldsMax)).kind).toBe('object');
    expect(scanObject(flat(bodyFieldsMax + 1))).toEqual({ kind: 'too-many-fields' });
  });

  test('says so where there is no object, or it does not end', () => {
    for (const text of ['', ' ', '[]', '"a"', '1', 'null', '\uFEFF{}'])
      expect(scanObject(text)).toEqual({ kind: 'not-an-object' });
    for (const text of [
      '{',
      '{"a"',
      '{"a":',
      '{"a":"b',
      '{"a":[1',
      '{"a":1',
      '{a:1}',
      '{"a":1]',
      '{"\\x":1}',
      '{"a\n":',
    ]) {
      expect(scanObject(text), text).toEqual({ kind: 'malformed' });
    }
  });
});

describe('the count of members', () => {
  test('is the same of the text and of what was parsed, unless a name comes twice somewhere', () => {
    fc.assert(
      fc.property(objectText(membersText), (text) => {
        const counted = countMembers(parsed(text));
        if (hasDuplicates(text)) expect(scanned(text).memberCount).toBeGreaterThan(counted);
        else expect(scanned(text).memberCount).toBe(counted);
      }),
      { numRuns: 500 },
    );
    expect(scanned('{"a":[{"type":"text","type":"image_url"}]}').memberCount).toBe(3);
    expect(countMembers(parsed('{"a":[{"type":"text","type":"image_url"}]}'))).toBe(2);
    expect(countMembers(parsed('{"__proto__":{"constructor":1}}'))).toBe(2);
  });
});

function isObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Whether any object in the text names two members alike, found with the parser's own reviver of source text. */
function hasDuplicates(text: string): boolean {
  let strings = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    if (inString && text[at] === '\\') at += 1;
    else if (text[at] === '"') inString = !inString;
    else if (!inString && text[at] === ':') strings += 1;
  }
  let members = 0;
  JSON.parse(text, (_, value: unknown) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) members += Object.keys(value).length;
    return value;
  });
  return strings !== members;
}
