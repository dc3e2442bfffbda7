import { expect, test } from 'vitest';
import { parseBytes } from '../../../src/core/account/byte-size.ts';

test.each([
  [0, 0],
  [65_536, 65_536],
  ['64MB', 64_000_000],
  ['64 MB', 64_000_000],
  ['64MiB', 67_108_864],
  ['10KB', 10_000],
  ['10KiB', 10_240],
  ['1GB', 1_000_000_000],
  ['1GiB', 1_073_741_824],
])('the size %j is %i bytes', (size, bytes) => {
  expect(parseBytes(size)).toBe(bytes);
});

test.each([-1, 0.5, Number.NaN, '', '64', '64mb', '64M', 'MB', '1.5GB', '-1MB', '64MBs', '9999999999999GB'])(
  '%j is no size',
  (size) => {
    expect(parseBytes(size)).toBeUndefined();
  },
);
