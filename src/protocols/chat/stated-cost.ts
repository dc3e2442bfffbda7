import { limitMaxNanoUsd } from '../../limits.ts';
import type { JsonRecord } from '../json/json-value.ts';

/** The cost of a call as its provider states it, in nano-dollars. It is never computed as a float. */

const nanoDigits = 9;
/** xAI counts in ticks. A dollar has 10^10. */
const tickDigits = 10;
/** The longest exponent that a number of JSON can have and still be money. */
const exponentMax = 30;

/** Reads OpenRouter's `cost` or xAI's ticks in a usage. Undefined where none is stated, or none that can be true. */
export function statedCost(usage: JsonRecord): number | undefined {
  const ticks = usage['cost_in_usd_ticks'];
  if (typeof ticks === 'number') return scaled(ticks, nanoDigits - tickDigits);
  const fee = nanoUsdOf(usage['cost']);
  if (usage['is_byok'] !== true) return fee;
  // With the company's own key, the cost is only OpenRouter's fee, and the provider bills the rest.
  const details: unknown = usage['cost_details'];
  const upstream: unknown =
    typeof details === 'object' && details !== null && 'upstream_inference_cost' in details
      ? details.upstream_inference_cost
      : undefined;
  return sumOf(fee, nanoUsdOf(upstream));
}

/** Reads dollars, a number or decimal text, rounded up to a whole nano-dollar. */
export function nanoUsdOf(usd: unknown): number | undefined {
  return typeof usd === 'number' || typeof usd === 'string' ? scaled(usd, nanoDigits) : undefined;
}

export function sumOf(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one + other <= limitMaxNanoUsd ? one + other : undefined;
}

/** The value times a power of ten, rounded up. Its decimal digits count, since they are what was meant. */
function scaled(value: number | string, powerOfTen: number): number | undefined {
  const match = /^(\d{1,20})(?:\.(\d{1,60}))?(?:e([+-]?\d{1,2}))?$/i.exec(String(value));
  if (match === null) return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  if (Math.abs(Number(exponent)) > exponentMax) return undefined;
  const shift = Number(exponent) + powerOfTen - fraction.length;
  const digits = BigInt(whole + fraction);
  const divisor = 10n ** BigInt(Math.max(0, -shift));
  const product = digits * 10n ** BigInt(Math.max(0, shift));
  const nano = (product + divisor - 1n) / divisor;
  return nano <= BigInt(limitMaxNanoUsd) ? Number(nano) : undefined;
}
