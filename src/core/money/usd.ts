import { assertQuantity } from '../../assert.ts';

/**
 * Money as integers. An amount counts nano-dollars, a price counts pico-dollars per token: so "$0.25 per million
 * tokens" is exactly 250,000, and only the last step of a charge rounds. Prices have their unit in the type, because
 * both units stand side by side in them. Everywhere else the name says the unit.
 */

declare const unit: unique symbol;

/** An amount of money: 1 dollar is 1,000,000,000. */
export type NanoUsd = number & { readonly [unit]: 'nano-usd' };
/** A price of one token: 1 dollar per million tokens is 1,000,000. */
export type PicoUsd = number & { readonly [unit]: 'pico-usd' };

export const nanoUsdPerUsd = 1_000_000_000;
const nanoDigits = 9;
const picoPerTokenDigits = 6;
const picoPerNano = 1000;

export function nanoUsd(value: number): NanoUsd {
  assertQuantity(value, 'nano-dollars');
  return value as NanoUsd;
}

export function picoUsd(value: number): PicoUsd {
  assertQuantity(value, 'pico-dollars');
  return value as PicoUsd;
}

/** Pico-dollars in whole nano-dollars, rounded up: a hold or a charge is never short. */
export function nanoUsdRoundedUp(picoUsdTotal: number): NanoUsd {
  assertQuantity(picoUsdTotal, 'pico-dollars');
  return nanoUsd(Math.ceil(picoUsdTotal / picoPerNano));
}

/** How many units of `picoUsdEach` the `available` nano-dollars pay for, rounded down, at most `wanted`. */
export function affordable(available: number, picoUsdEach: number, wanted: number): number {
  if (available < 0) return 0;
  if (nanoUsdRoundedUp(wanted * picoUsdEach) <= available) return wanted;
  // Here available < wanted × price, which was just found to be a safe integer. So this product is one too.
  return Math.floor((available * picoPerNano) / picoUsdEach);
}

/** The exact value of decimal text with up to `digits` decimals, in units of 10^-digits. Undefined for other text. */
function parseDecimal(text: string, digits: number): number | undefined {
  if (!/^\d+(\.\d+)?$/.test(text)) return undefined;
  const point = `${text}.`.indexOf('.');
  const fraction = text.slice(point + 1).replace(/0+$/, '');
  if (fraction.length > digits) return undefined;
  const value = BigInt(text.slice(0, point) + fraction.padEnd(digits, '0'));
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}

/** Reads "25.00" dollars as nano-dollars. Undefined if it has more than 9 decimals, is too large, or is no decimal. */
export function parseUsd(text: string): NanoUsd | undefined {
  return parseDecimal(text, nanoDigits) as NanoUsd | undefined;
}

/** Reads "0.25" dollars per million tokens as pico-dollars per token. Undefined as above, for more than 6 decimals. */
export function parseUsdPerMillionTokens(text: string): PicoUsd | undefined {
  return parseDecimal(text, picoPerTokenDigits) as PicoUsd | undefined;
}

/** Exact decimal text with at least `minDecimals` places, and no needless zeros beyond them. */
export function formatUsd(value: number, minDecimals = 2): string {
  const digits = Math.abs(value)
    .toString()
    .padStart(nanoDigits + 1, '0');
  const whole = digits.slice(0, -nanoDigits);
  const fraction = digits.slice(-nanoDigits).replace(/0+$/, '').padEnd(minDecimals, '0');
  const sign = value < 0 ? '-' : '';
  return fraction === '' ? `${sign}${whole}` : `${sign}${whole}.${fraction}`;
}
