import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  costOfCall,
  costPartsOfCall,
  dearestRatesOf,
  priceAt,
  pricesOfCall,
} from '../../../src/catalog/dated-prices.ts';
import { datedPricesSchema } from '../../../src/catalog/price-document.ts';
import { callMsMax, datedPricesMax } from '../../../src/limits.ts';

const written = [
  { input: '2', output: '10' },
  { from: '2026-12-01', input: '4', output: '20' },
  { from: '2027-01-01', input: '1', output: '5' },
];
const prices = v.parse(datedPricesSchema, written);
const decemberMs = Date.UTC(2026, 11);
const januaryMs = Date.UTC(2027, 0);
const dayMs = 86_400_000;
/** A million tokens: what they cost is the price. */
const million = { inputTokens: 1_000_000, outputTokens: 0 };
const usd = (startedAtMs: number, endedAtMs: number) => costOfCall(prices, { startedAtMs, endedAtMs }, million) / 1e9;

describe('a price with dates', () => {
  it('is in force from the first moment of its day, in UTC, up to that of the next', () => {
    const inputAt = (atMs: number) => priceAt(prices, atMs).standard[0].input / 1_000_000;
    expect([0, decemberMs - 1, decemberMs, januaryMs - 1, januaryMs].map(inputAt)).toEqual([2, 2, 4, 4, 1]);
  });

  it('charges a call that ends on the day that it began by the price of that day', () => {
    expect(usd(decemberMs - dayMs, decemberMs - 1)).toBe(2);
    expect(usd(decemberMs, decemberMs)).toBe(4);
    expect(usd(januaryMs, januaryMs + dayMs)).toBe(1);
  });

  it('charges a call that spans two days by the dearer, whether the price rises or falls', () => {
    expect(usd(decemberMs - 1, decemberMs)).toBe(4);
    expect(usd(januaryMs - 1, januaryMs)).toBe(4);
  });

  it('tells what each part cost by the price that was charged', () => {
    const parts = costPartsOfCall(prices, { startedAtMs: decemberMs - 1, endedAtMs: decemberMs }, million);
    expect(parts).toMatchObject({ inputNanoUsd: 4e9, outputNanoUsd: 0 });
  });

  it('charges a call that is settled long after it ended by no price that came after its end', () => {
    expect(usd(decemberMs - callMsMax - 1, januaryMs)).toBe(2);
    expect(usd(decemberMs - callMsMax, januaryMs)).toBe(4);
  });

  it('bounds a call by every price that may be in force before it ends', () => {
    const rates = (startedAtMs: number) => dearestRatesOf(pricesOfCall(prices, { startedAtMs }), {}).input / 1_000_000;
    expect(rates(decemberMs - callMsMax - 1)).toBe(2);
    expect(rates(decemberMs - callMsMax)).toBe(4);
    expect(rates(januaryMs - 1)).toBe(4);
  });

  it('never charges more than it bounded, whenever the call begins and is settled', () => {
    const nearMs = fc.integer({ min: -2 * callMsMax, max: 2 * callMsMax });
    fc.assert(
      fc.property(
        fc.constantFrom(decemberMs, januaryMs),
        nearMs,
        fc.nat({ max: 3 * dayMs }),
        (midnightMs, off, took) => {
          const startedAtMs = midnightMs + off;
          const bound = dearestRatesOf(pricesOfCall(prices, { startedAtMs }), {});
          const cost = costOfCall(prices, { startedAtMs, endedAtMs: startedAtMs + took }, million);
          expect(cost).toBeLessThanOrEqual(bound.input * 1000);
        },
      ),
    );
  });

  it('may change as often as there is room for, and no more often', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, at) => ({
        ...(at === 0 ? {} : { from: `2027-01-${String(at).padStart(2, '0')}` }),
        input: '1',
        output: '1',
      }));
    expect(v.is(datedPricesSchema, many(datedPricesMax))).toBe(true);
    expect(v.is(datedPricesSchema, many(datedPricesMax + 1))).toBe(false);
  });
});
