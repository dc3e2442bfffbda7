import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderedBytes } from '../../../src/protocols/prompt.ts';

// Servers write the tools and schemas of a request anew, each as its language does.

const number = fc.oneof(
  fc.tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -8, max: 22 })).map(([digits, exponent]) => {
    return `${digits}e${exponent}`;
  }),
  fc.tuple(fc.integer({ min: 0, max: 9 }), fc.nat({ max: 99 })).map(([digit, exponent]) => `${digit}.5E+${exponent}`),
  fc.integer().map(String),
);

test('numbers have room for all the digits that a server may write', () => {
  const bytesMax = (json: string, count: number): number => renderedBytes(json, count + 1, true);
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 20 }), (numbers) => {
      const json = `{"enum":[${numbers.join(',')}]}`;
      const anew = JSON.stringify(JSON.parse(json));
      expect(anew.length).toBeLessThanOrEqual(bytesMax(json, numbers.length));
    }),
  );
  const many = `{"enum":[${Array.from({ length: 1000 }, () => '1e20').join(',')}]}`;
  expect(bytesMax(many, 1000)).toBeGreaterThanOrEqual(JSON.stringify(JSON.parse(many)).length);
});
