import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { windowMsMax, windowMsMin } from '../../../src/limits.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import {
  type Window,
  day,
  hour,
  minute,
  month,
  periodAt,
  periodLeavesAt,
  periodsKept,
  total,
  windowKey,
} from '../../../src/core/ledger/window.ts';
import { sliding } from '../../support/ledger.ts';

/** Any moment from 1970 to the year 3000. */
const moments = fc.integer({ min: 0, max: Date.UTC(3000, 0, 1) });
const windows = fc
  .oneof(
    fc.constantFrom(windowMsMin, 60_000, 3_600_000, 86_400_000, windowMsMax),
    fc.integer({ min: windowMsMin / 1000, max: windowMsMax / 1000 }).map((seconds) => seconds * 1000),
  )
  .map((ms) => ({ kind: 'sliding', ms }) as const);

function counts(window: Window, memberAt: number, at: number): boolean {
  return periodAt(window, epochMs(memberAt)) > periodAt(window, epochMs(at)) - periodsKept(window);
}

describe('a sliding window', () => {
  test('keeps 65 periods of a 64th of its length', () => {
    expect(periodsKept(minute)).toBe(65);
    expect(periodAt(minute, epochMs(60_000))).toBe(64);
    expect(periodAt(sliding(30_000), epochMs(468))).toBe(0);
    expect(periodAt(sliding(30_000), epochMs(469))).toBe(1);
  });

  test('a moment counts for the whole window after it, and for at most a 64th of it longer', () => {
    fc.assert(
      fc.property(windows, moments, (window, at) => {
        expect(counts(window, at, at + window.ms)).toBe(true);
        expect(counts(window, at, at + window.ms + Math.ceil(window.ms / 64))).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('the moment at which a period leaves is exact', () => {
    fc.assert(
      fc.property(windows, moments, (window, at) => {
        const leavesAt = periodLeavesAt(window, periodAt(window, epochMs(at))) ?? Number.NaN;
        expect(counts(window, at, leavesAt)).toBe(false);
        expect(counts(window, at, leavesAt - 1)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('periods are what exact integer arithmetic says they are', () => {
    fc.assert(
      fc.property(windows, moments, (window, at) => {
        expect(BigInt(periodAt(window, epochMs(at)))).toBe((BigInt(at) * 64n) / BigInt(window.ms));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a month', () => {
  test('is the calendar month of UTC at any moment until the year 3000', () => {
    fc.assert(
      fc.property(moments, (at) => {
        const date = new Date(at);
        const index = (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
        expect(periodAt(month, epochMs(at))).toBe(index);
        expect(periodLeavesAt(month, index)).toBe(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1));
      }),
      { numRuns: 5000 },
    );
  });

  test('ends at its last millisecond, in every month of 500 years', () => {
    for (let index = 1; index < 500 * 12; index += 1) {
      const start = Date.UTC(1970, index, 1);
      expect(periodAt(month, epochMs(start))).toBe(index);
      expect(periodAt(month, epochMs(start - 1))).toBe(index - 1);
      expect(periodLeavesAt(month, index - 1)).toBe(start);
    }
  });

  test.each([
    ['a leap year', 2028, 29],
    ['a year that is not', 2027, 28],
    ['a century that is not', 2100, 28],
    ['a fourth century that is', 2000, 29],
  ])('February of %s has its own length', (_what, year, days) => {
    const february = (year - 1970) * 12 + 1;
    const ms = (periodLeavesAt(month, february) ?? 0) - (periodLeavesAt(month, february - 1) ?? 0);
    expect(ms).toBe(days * 86_400_000);
  });

  test('a moment before 1970 is no moment', () => {
    expect(() => periodAt(month, -1 as ReturnType<typeof epochMs>)).toThrow('a moment before 1970');
  });
});

test('a total has one period, and it never leaves', () => {
  expect(periodsKept(total)).toBe(1);
  expect(periodAt(total, epochMs(0))).toBe(periodAt(total, epochMs(Date.UTC(3000, 0, 1))));
  expect(periodLeavesAt(total, 0)).toBeUndefined();
  expect(periodsKept(month)).toBe(1);
});

test('each window has a key of its own', () => {
  const keys = [minute, hour, day, month, total, sliding(30_000)].map(windowKey);
  expect(keys).toEqual(['60000ms', '3600000ms', '86400000ms', 'month', 'total', '30000ms']);
});
