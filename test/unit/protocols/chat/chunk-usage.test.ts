import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutNullUsage } from '../../../../src/protocols/chat/chunk-usage.ts';

test.each([
  ['at the end', '{"a":1,"usage":null}', '{"a":1}'],
  ['before what hides the length', '{"a":1,"usage":null,"obfuscation":"x,y"}', '{"a":1,"obfuscation":"x,y"}'],
  ['with spaces', '{"a": 1, "usage": null, "obfuscation": "x"} ', '{"a": 1, "obfuscation": "x"} '],
  ['in the middle', '{"a":1,"usage":null,"choices":[]}', '{"a":1,"choices":[]}'],
  ['at the beginning', '{"usage":null,"choices":[]}', '{"choices":[]}'],
])('a usage of null %s is taken out of a chunk, and nothing else', (_, chunk, plain) => {
  expect(withoutNullUsage(chunk)).toBe(plain);
});

test.each([
  ['no usage', '{"a":1}'],
  ['a usage', '{"a":1,"usage":{"prompt_tokens":null}}'],
  ['one within', '{"x_groq":{"id":"a","usage":null},"b":1}'],
  ['one within, at the end', '{"b":1,"x_groq":{"id":"a","usage":null}}'],
  ['one in a text', '{"content":"\\"a\\":1,\\"usage\\":null}"}'],
  ['no JSON', '[DONE] ,"usage":'],
])('a chunk with %s stays as it is', (_, chunk) => {
  expect(withoutNullUsage(chunk)).toBeUndefined();
});

test('whatever else a chunk says stays', () => {
  const member = fc.tuple(fc.constantFrom('a', 'choices', 'obfuscation', 'usage '), fc.jsonValue({ maxDepth: 2 }));
  fc.assert(
    fc.property(fc.array(member), fc.array(member), (before, after) => {
      const { usage: _, ...rest } = Object.fromEntries([...before, ...after]);
      const chunk = JSON.stringify({ ...Object.fromEntries(before), usage: null, ...Object.fromEntries(after) });
      expect(JSON.parse(withoutNullUsage(chunk) ?? 'null')).toEqual(JSON.parse(JSON.stringify(rest)));
    }),
  );
});
