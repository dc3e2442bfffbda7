import { expect, test } from 'vitest';
import { isSameJson } from '../../../../src/protocols/json/same-json.ts';

test.each([
  [1, 1],
  ['a', 'a'],
  [null, null],
  [
    { a: 1, b: [{ c: 2, d: 3 }] },
    { b: [{ d: 3, c: 2 }], a: 1 },
  ],
  [{ a: null }, {}],
  [{ a: undefined }, { a: null }],
  [[], []],
])('%j says the same as %j', (one, other) => {
  expect(isSameJson(one, other)).toBe(true);
  expect(isSameJson(other, one)).toBe(true);
});

test.each([
  [1, 2],
  [0, null],
  ['', null],
  [[], {}],
  [[], null],
  [{}, null],
  [{ a: 1 }, { a: 1, b: 2 }],
  [[1, 2], [1]],
  [
    [1, 2],
    [2, 1],
  ],
  [{ a: [1] }, { a: { 0: 1 } }],
  [{ toString: null }, { toString: 'x' }],
])('%j says something else than %j', (one, other) => {
  expect(isSameJson(one, other)).toBe(false);
  expect(isSameJson(other, one)).toBe(false);
});
