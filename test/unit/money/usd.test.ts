import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limitMaxNanoUsd } from '../../../src/limits.ts';
import { AssertionError, assert, assertQuantity } from '../../../src/assert.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import {
  affordable,
  formatUsd,
  nanoUsd,
  nanoUsdRoundedUp,
  parseUsd,
  parseUsdPerMillionTokens,
  picoUsd,
} from '../../../src/core/money/usd.ts';

const largest = Number.MAX_SAFE_INTEGER;
const quantities = { nanoUsd, picoUsd, epochMs };

describe('quantities', () => {
  test.each(Object.entries(quantities))('%s are whole numbers from 0 to 2^53 - 1', (_unit, quantity) => {
    expect(quantity(0)).toBe(0);
    expect(quantity(largest)).toBe(largest);
    for (const wrong of [-1, 0.5, largest + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => quantity(wrong)).toThrow(AssertionError);
    }
  });

  test('an assertion says what is wrong with which quantity', () => {
    expect(() => {
      assertQuantity(-3, 'tokens used');
    }).toThrow('tokens used is not a whole number from 0 to 2^53 - 1: -3');
    expect(() => {
      assert(false, 'never');
    }).toThrow(expect.objectContaining({ name: 'AssertionError', message: 'never' }));
  });
});

describe('what people write', () => {
  test.each([
    ['25.00', 25_000_000_000],
    ['25', 25_000_000_000],
    ['0', 0],
    ['0.000000001', 1],
    ['0.1', 100_000_000],
    ['0.300000000', 300_000_000],
    ['007.5', 7_500_000_000],
    ['9007199.254740991', largest],
    ['1.500000000000000000', 1_500_000_000],
  ])('%s dollars are read exactly', (text, expected) => {
    expect(parseUsd(text)).toBe(expected);
  });

  test.each(['', ' 1', '1 ', '-1', '+1', '.5', '5.', '1e3', '0x10', '1,000', '$1', 'NaN', '1.0000000001', '٣'])(
    '"%s" is not an amount of dollars',
    (text) => {
      expect(parseUsd(text)).toBeUndefined();
    },
  );

  test('dollars beyond exact integers are refused, and not rounded', () => {
    expect(parseUsd('9007199.254740992')).toBeUndefined();
    expect(parseUsd('9'.repeat(400))).toBeUndefined();
  });

  test('the largest maximum is nine million dollars', () => {
    expect(parseUsd('9000000')).toBe(limitMaxNanoUsd);
  });

  test('a price per million tokens is read exactly, in pico-dollars per token', () => {
    expect(parseUsdPerMillionTokens('0.25')).toBe(250_000);
    expect(parseUsdPerMillionTokens('0')).toBe(0);
    expect(parseUsdPerMillionTokens('0.000001')).toBe(1);
    expect(parseUsdPerMillionTokens('0.0000001')).toBeUndefined();
    expect(parseUsdPerMillionTokens('15')).toBe(15_000_000);
  });

  test('every amount of money reads back as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: largest }), fc.integer({ min: 0, max: 9 }), (amount, places) => {
        expect(parseUsd(formatUsd(amount, places))).toBe(amount);
      }),
    );
  });
});

describe('what people read', () => {
  test.each([
    [0, 2, '0.00'],
    [0, 0, '0'],
    [1, 2, '0.000000001'],
    [1_500_000_000, 0, '1.5'],
    [1_500_000_000, 2, '1.50'],
    [25_000_000_000, 0, '25'],
    [25_000_000_000, 4, '25.0000'],
    [-20_000_000, 2, '-0.02'],
    [largest, 2, '9007199.254740991'],
  ])('%i nano-dollars with at least %i places', (amount, places, expected) => {
    expect(formatUsd(amount, places)).toBe(expected);
  });

  test('money has two places where nobody says otherwise', () => {
    expect(formatUsd(3_000_000_000)).toBe('3.00');
  });
});

describe('rounding', () => {
  test('a cost is rounded up to whole nano-dollars, exactly, as integers of any size say', () => {
    expect(nanoUsdRoundedUp(0)).toBe(0);
    expect(nanoUsdRoundedUp(1)).toBe(1);
    expect(nanoUsdRoundedUp(1000)).toBe(1);
    expect(nanoUsdRoundedUp(1001)).toBe(2);
    fc.assert(
      fc.property(fc.maxSafeNat(), (pico) => {
        expect(BigInt(nanoUsdRoundedUp(pico))).toBe((BigInt(pico) + 999n) / 1000n);
      }),
    );
  });

  test('what can be afforded is the most that costs no more than is there', () => {
    const price = fc.integer({ min: 0, max: 1_000_000_000 });
    const wanted = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000_000_000_000 }), price, wanted, (available, each, most) => {
        const count = affordable(available, each, most);
        expect(count).toBeLessThanOrEqual(most);
        expect(nanoUsdRoundedUp(count * each)).toBeLessThanOrEqual(available);
        if (count < most) expect(nanoUsdRoundedUp((count + 1) * each)).toBeGreaterThan(available);
      }),
    );
  });

  test('nothing can be afforded from less than nothing', () => {
    expect(affordable(-1, 0, 10)).toBe(0);
  });
});
