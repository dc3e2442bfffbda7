import { expect, test } from 'vitest';
import { retryAfterMs } from '../../../src/gateway/attempt/retry-after.ts';

const nowMs = Date.parse('2026-11-20T09:00:00Z');

test.each([
  ['seconds', { 'retry-after': '7' }, 7000],
  ['parts of a second', { 'retry-after': '0.5' }, 500],
  ['no time at all', { 'retry-after': '0' }, 0],
  ['an HTTP date', { 'retry-after': 'Fri, 20 Nov 2026 09:00:03 GMT' }, 3000],
  ['an HTTP date that is over', { 'retry-after': 'Fri, 20 Nov 2026 08:00:00 GMT' }, 0],
  ['a time as JSON has it', { 'retry-after': '2026-11-20T09:00:03Z' }, 3000],
  ['milliseconds, before anything else', { 'retry-after-ms': '250', 'retry-after': '1' }, 250],
])('a provider can ask for %s', (_, headers, expected) => {
  expect(retryAfterMs(new Headers(headers), nowMs)).toBe(expected);
});

test.each([['soon'], ['may 5'], ['in 5 minutes'], ['-5'], [''], ['1e3'], ['5, 6']])(
  'what can not be read as a time, as %j, says nothing',
  (value) => {
    expect(retryAfterMs(new Headers({ 'retry-after': value }), nowMs)).toBeUndefined();
    expect(retryAfterMs(new Headers(), nowMs)).toBeUndefined();
  },
);
