import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDay, parseHttpDate, parseInstant } from '../../src/parse-time.ts';

const two = (value: number): string => String(value).padStart(2, '0');
const upTo = (max: number): fc.Arbitrary<number> => fc.nat({ max });

/** A time in any of the ways in which it may be written, and the same in the one way that the standard demands. */
const written = fc
  .record({
    date: fc
      .record({ year: upTo(9999), month: fc.integer({ min: 1, max: 12 }), day: fc.integer({ min: 1, max: 31 }) })
      .map(({ year, month, day }) => `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`),
    separator: fc.constantFrom('T', ' '),
    clock: fc
      .record({ hour: upTo(23), minute: upTo(59), second: upTo(59) })
      .map(({ hour, minute, second }) => `${two(hour)}:${two(minute)}:${two(second)}`),
    fraction: fc.option(fc.stringMatching(/^\d{1,9}$/), { nil: undefined }),
    offset: fc.option(
      fc.record({
        space: fc.constantFrom('', ' '),
        sign: fc.constantFrom('+', '-'),
        hour: upTo(23),
        minute: fc.option(upTo(59), { nil: undefined }),
        colon: fc.constantFrom('', ':'),
      }),
      { nil: undefined },
    ),
  })
  .map(({ date, separator, clock, fraction, offset }) => {
    const shown =
      offset === undefined
        ? 'Z'
        : `${offset.space}${offset.sign}${two(offset.hour)}` +
          (offset.minute === undefined ? '' : `${offset.colon}${two(offset.minute)}`);
    const standard = offset === undefined ? 'Z' : `${offset.sign}${two(offset.hour)}:${two(offset.minute ?? 0)}`;
    const ms = (fraction ?? '').padEnd(3, '0').slice(0, 3);
    return {
      text: `${date}${separator}${clock}${fraction === undefined ? '' : `.${fraction}`}${shown}`,
      standard: `${date}T${clock}.${ms}${standard}`,
      isDay: new Date(`${date}T00:00:00.000Z`).toISOString().startsWith(date),
    };
  });

describe('a time as text', () => {
  test('is the moment that the engine says it is, however it is written', () => {
    fc.assert(
      fc.property(written, ({ text, standard, isDay }) => {
        const expected = Date.parse(standard);
        expect(expected).not.toBeNaN();
        expect(parseInstant(text)).toBe(isDay ? expected : undefined);
      }),
      { numRuns: 2000 },
    );
  });

  test('is a finite number of milliseconds, or none at all, whatever it is', () => {
    const nearly = fc.stringMatching(/^[0-9TZ:.+ -]{8,32}$/);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          nearly,
          written.map(({ text }) => text),
        ),
        (text) => {
          for (const atMs of [parseInstant(text), parseDay(text), parseHttpDate(text, 0)]) {
            expect(atMs === undefined || Number.isSafeInteger(atMs)).toBe(true);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['2020-01-01T00:00:00+05', '2019-12-31T19:00:00.000Z'],
    ['2020-01-01T00:00:00 +05', '2019-12-31T19:00:00.000Z'],
    ['2020-01-01T00:00:00.5+05', '2019-12-31T19:00:00.500Z'],
    ['2026-12-01T00:00:00Z', '2026-12-01T00:00:00.000Z'],
    ['2026-12-01 00:00:00-0130', '2026-12-01T01:30:00.000Z'],
    ['2028-02-29T23:59:59.999999999Z', '2028-02-29T23:59:59.999Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(new Date(parseInstant(text) ?? Number.NaN).toISOString()).toBe(expected);
  });

  test.each([
    ['2026-02-30T00:00:00Z'],
    ['2026-02-29T00:00:00Z'],
    ['2026-04-31T00:00:00Z'],
    ['2026-13-01T00:00:00Z'],
    ['2026-00-01T00:00:00Z'],
    ['2026-01-00T00:00:00Z'],
    ['2026-12-01T24:00:00Z'],
    ['2026-12-01T00:00:60Z'],
    ['2026-12-01T00:00Z'],
    ['2026-12-01T00:00:00'],
    ['2026-12-01T00:00:00+24:00'],
    ['2026-12-01T00:00:00+5'],
    ['2026-12-01T00:00:00.Z'],
    ['2026-12-01T00:00:00Z\n'],
    ['2026-12-01'],
    ['tomorrow'],
    [''],
  ])('%j is none', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });
});

describe('a day as text', () => {
  test('is its first moment in UTC', () => {
    expect(parseDay('2026-12-01')).toBe(Date.UTC(2026, 11, 1));
    expect(parseDay('2028-02-29')).toBe(Date.UTC(2028, 1, 29));
  });

  test.each([['2026-02-29'], ['2026-1-1'], ['2026-12-32'], ['26-12-01'], ['2026-12-01T00:00:00Z'], ['2026-12-01 ']])(
    '%j is none',
    (text) => {
      expect(parseDay(text)).toBeUndefined();
    },
  );
});

describe('a date of HTTP', () => {
  const nowMs = Date.UTC(2026, 10, 20);

  test('is read as the engine writes it', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date(Date.UTC(9999, 11, 31)), noInvalidDate: true }), (date) => {
        date.setUTCMilliseconds(0);
        expect(parseHttpDate(date.toUTCString(), nowMs)).toBe(date.getTime());
      }),
    );
  });

  test('may have either of its older forms', () => {
    const expected = Date.UTC(1994, 10, 6, 8, 49, 37);
    expect(parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT', nowMs)).toBe(expected);
    expect(parseHttpDate('Sun Nov  6 08:49:37 1994', nowMs)).toBe(expected);
    expect(parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT', nowMs)).toBe(expected);
    expect(parseHttpDate('Friday, 06-Nov-26 08:49:37 GMT', nowMs)).toBe(Date.UTC(2026, 10, 6, 8, 49, 37));
    expect(parseHttpDate('Friday, 06-Nov-76 08:49:37 GMT', nowMs)).toBe(Date.UTC(2076, 10, 6, 8, 49, 37));
  });

  test.each([
    ['may 5'],
    ['in 5 minutes'],
    ['Mon, 30 Feb 2026 00:00:00 GMT'],
    ['Sun, 06 Nov 1994 25:49:37 GMT'],
    ['GMT'],
  ])('%j is none', (text) => {
    expect(parseHttpDate(text, nowMs)).toBeUndefined();
  });
});
