import { describe, expect, test } from 'vitest';
import type { PricedUsage } from '../../../src/catalog/price.ts';
import { type Terms, chargeEarlyEnd, onDeparture } from '../../../src/gateway/early-end.ts';

/** $1 per million tokens put in, and $2 per million that come out: 1000 and 2000 nano-dollars each. */
const price = ({ inputTokens, outputTokens }: PricedUsage) => inputTokens * 1000 + outputTokens * 2000;

/** Input of at most 100 tokens, and a cap of 1000. */
const terms: Terms = {
  bounded: true,
  holdTokens: 1100,
  holdNanoUsd: 2_100_000,
  fixedTokens: 100,
  fixedNanoUsd: 100_000,
  outputPicoUsd: 2_000_000,
  outputTokensMax: 1000,
  choices: 1,
  price,
};

const nothing = { usage: undefined, outputTokensMost: 0, outputMs: 0, lagMs: 0 };

describe('a call that was cancelled', () => {
  test('is charged its input as bounded, its output as received, and a second at its own rate', () => {
    const charge = chargeEarlyEnd('cancelled', terms, {
      usage: undefined,
      outputTokensMost: 100,
      outputMs: 2000,
      lagMs: 0,
    });
    expect(charge).toEqual({ tokens: 250, nanoUsd: 400_000, inputTokens: 100, outputTokens: 150 });
  });

  test('is charged its input as reported, where the provider has said so much', () => {
    const usage = { inputTokens: 10, outputTokens: 40 };
    const charge = chargeEarlyEnd('cancelled', terms, { usage, outputTokensMost: 100, outputMs: 2000, lagMs: 0 });
    expect(charge).toEqual({ tokens: 160, nanoUsd: 310_000, inputTokens: 10, outputTokens: 150 });
  });

  test('is charged for more than a second at its own rate, if reading lagged behind', () => {
    const received = { usage: undefined, outputTokensMost: 100, outputMs: 2000, lagMs: 500 };
    expect(chargeEarlyEnd('cancelled', terms, received)).toMatchObject({ outputTokens: 175 });
  });

  test('is charged for what a provider can make in its first second, if less than a second of it had come', () => {
    const received = { usage: undefined, outputTokensMost: 2, outputMs: 999, lagMs: 0 };
    expect(chargeEarlyEnd('cancelled', terms, received).outputTokens).toBe(2 + 256);
    expect(chargeEarlyEnd('cancelled', terms, { ...received, outputMs: 1000 }).outputTokens).toBe(4);
  });

  test('is charged for the first second of each answer that was asked for', () => {
    const several = { ...terms, choices: 3 };
    expect(chargeEarlyEnd('cancelled', several, nothing).outputTokens).toBe(3 * 256);
  });

  test('is charged for what a provider can make in its first second, if nothing had come yet', () => {
    const charge = chargeEarlyEnd('cancelled', terms, nothing);
    expect(charge.outputTokens).toBeGreaterThan(100);
    expect(charge.tokens).toBeLessThan(terms.holdTokens);
  });

  test('is never charged more than its hold', () => {
    const charge = chargeEarlyEnd('cancelled', terms, {
      usage: undefined,
      outputTokensMost: 900,
      outputMs: 100,
      lagMs: 0,
    });
    expect(charge).toEqual({ tokens: 1100, nanoUsd: 2_100_000, inputTokens: 100, outputTokens: 1000 });
  });

  test('is charged all that it may have used, where there was no bound', () => {
    const unbounded = { ...terms, bounded: false };
    const charge = chargeEarlyEnd('cancelled', unbounded, {
      usage: undefined,
      outputTokensMost: 2000,
      outputMs: 1000,
      lagMs: 0,
    });
    expect(charge).toMatchObject({ tokens: 4100, nanoUsd: 8_100_000 });
  });
});

describe('a complete answer without a usage', () => {
  test('is charged what was received', () => {
    const charge = chargeEarlyEnd('unreported', terms, {
      usage: undefined,
      outputTokensMost: 100,
      outputMs: 10,
      lagMs: 0,
    });
    expect(charge).toEqual({ tokens: 200, nanoUsd: 300_000, inputTokens: 100, outputTokens: 100 });
  });
});

describe('a call of which nobody knows what it used', () => {
  test('is charged its hold', () => {
    const charge = chargeEarlyEnd('unknown', terms, { usage: undefined, outputTokensMost: 5, outputMs: 0, lagMs: 0 });
    expect(charge).toEqual({ tokens: 1100, nanoUsd: 2_100_000, inputTokens: 100, outputTokens: 1000 });
  });

  test('is charged what was received where that is more than an unbounded hold', () => {
    const unbounded = { ...terms, bounded: false };
    const charge = chargeEarlyEnd('unknown', unbounded, {
      usage: undefined,
      outputTokensMost: 3000,
      outputMs: 0,
      lagMs: 0,
    });
    expect(charge.tokens).toBe(3100);
  });
});

describe('a call that was cut off', () => {
  test('is charged what it used, though that is more than its hold', () => {
    const charge = chargeEarlyEnd('cut-off', terms, {
      usage: undefined,
      outputTokensMost: 2000,
      outputMs: 4000,
      lagMs: 0,
    });
    expect(charge).toEqual({ tokens: 2600, nanoUsd: 5_100_000, inputTokens: 100, outputTokens: 2500 });
  });
});

test('no charge is too large for the ledger to count, whatever a provider sends', () => {
  const dear = { ...terms, outputPicoUsd: 1_000_000_000 };
  const received = { usage: undefined, outputTokensMost: 64 * 1024 * 1024, outputMs: 0, lagMs: 0 };
  expect(Number.isSafeInteger(chargeEarlyEnd('cut-off', dear, received).nanoUsd)).toBe(true);
});

describe('when the client leaves', () => {
  const visible = { stream: true, cancels: true, hidesOutput: false, onAbort: undefined };

  test('a stream is cancelled if that ends its bill and none of its output is hidden', () => {
    expect(onDeparture(visible)).toEqual({ kind: 'cancel', charge: 'cancelled' });
  });

  test.each([
    ['the target goes on when it is cancelled', { ...visible, cancels: false }],
    ['its output may be hidden', { ...visible, hidesOutput: true }],
    ['it is no stream', { ...visible, stream: false }],
    ['the policy wants it', { ...visible, onAbort: 'drain' as const }],
  ])('a call is read on if %s', (_, departing) => {
    expect(onDeparture(departing)).toEqual({ kind: 'drain' });
  });

  test('a call is cancelled and its hold charged if the policy wants that', () => {
    expect(onDeparture({ ...visible, cancels: false, onAbort: 'hold' })).toEqual({ kind: 'cancel', charge: 'unknown' });
  });
});
