import { describe, expect, test } from 'vitest';
import type { PricedUsage } from '../../../src/catalog/price.ts';
import { choicesMax, outputTokensPerSecondMax } from '../../../src/limits.ts';
import {
  type Terms,
  chargeUnreported,
  nothingReceived as nothing,
  whenClientLeaves,
} from '../../../src/gateway/attempt/unreported-charge.ts';

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
  outputTokensPerSecondMax: 300,
  putsInMore: false,
  price,
};

describe('a call that was cancelled', () => {
  test('is charged its input as bounded, its output as received, and a second at its own rate', () => {
    const charge = chargeUnreported('cancelled', terms, { ...nothing, outputTokensMost: 100, outputMs: 2000 });
    expect(charge).toEqual({ tokens: 250, nanoUsd: 400_000, inputTokens: 100, outputTokens: 150 });
  });

  test('is charged its input as reported, where the provider has said so much', () => {
    const usage = { inputTokens: 10, outputTokens: 40 };
    const charge = chargeUnreported('cancelled', terms, { ...nothing, usage, outputTokensMost: 100, outputMs: 2000 });
    expect(charge).toEqual({ tokens: 160, nanoUsd: 310_000, inputTokens: 10, outputTokens: 150 });
  });

  test.each(['cancelled', 'cut-off', 'unreported'] as const)(
    'is charged its input as bounded where more may have been found and put in since it was reported (%s)',
    (how) => {
      const usage = { inputTokens: 10, outputTokens: 40 };
      const received = { ...nothing, usage, outputTokensMost: 100, outputMs: 2000 };
      expect(chargeUnreported(how, { ...terms, putsInMore: true }, received).inputTokens).toBe(100);
      expect(chargeUnreported(how, terms, received).inputTokens).toBe(10);
    },
  );

  test('is charged all its output as thought where that is dearer, since nobody said what it was', () => {
    const thinking: Terms = {
      ...terms,
      price: ({ inputTokens, outputTokens, reasoningTokens = 0 }) =>
        inputTokens * 1000 + (outputTokens - reasoningTokens) * 2000 + reasoningTokens * 5000,
    };
    const usage = { inputTokens: 10, outputTokens: 40, reasoningTokens: 0 };
    const received = { ...nothing, usage, outputTokensMost: 100, outputMs: 2000 };
    expect(chargeUnreported('unreported', thinking, received).nanoUsd).toBe(10 * 1000 + 100 * 5000);
    const cheaper: Terms = {
      ...terms,
      price: ({ inputTokens, outputTokens, reasoningTokens = 0 }) =>
        inputTokens * 1000 + (outputTokens - reasoningTokens) * 2000 + reasoningTokens * 500,
    };
    expect(chargeUnreported('unreported', cheaper, received).nanoUsd).toBe(10 * 1000 + 100 * 2000);
  });

  test('is charged for more than a second at its own rate, if reading lagged behind', () => {
    const received = { ...nothing, outputTokensMost: 100, outputMs: 2000, lagMs: 500 };
    expect(chargeUnreported('cancelled', terms, received)).toMatchObject({ outputTokens: 175 });
  });

  test('is charged a second at the fastest, if less than a second of it had come', () => {
    const received = { ...nothing, outputTokensMost: 2, outputMs: 999 };
    expect(chargeUnreported('cancelled', terms, received).outputTokens).toBe(2 + 300);
    expect(chargeUnreported('cancelled', terms, { ...received, outputMs: 1000 }).outputTokens).toBe(4);
  });

  test('is charged all that can have been made since it was called, and in a second more, if nothing had come', () => {
    const charge = chargeUnreported(
      'cancelled',
      { ...terms, outputTokensPerSecondMax: 100 },
      { ...nothing, silentMs: 5000 },
    );
    expect(charge).toEqual({ tokens: 700, nanoUsd: 1_300_000, inputTokens: 100, outputTokens: 600 });
  });

  test('is charged all that can have been made since output came last: it may have been kept back', () => {
    const received = { ...nothing, outputTokensMost: 100, outputMs: 2000, lagMs: 200, silentMs: 500 };
    expect(chargeUnreported('cancelled', terms, received).outputTokens).toBe(100 + 60 + 150);
  });

  test('is charged so for each answer that was asked for', () => {
    const several = { ...terms, choices: 3, outputTokensPerSecondMax: 100 };
    expect(chargeUnreported('cancelled', several, { ...nothing, silentMs: 500 }).outputTokens).toBe(3 * 150);
  });

  test('is charged for no rate beyond the fastest, whatever its bytes say', () => {
    const received = { ...nothing, outputTokensMost: 500, outputMs: 1000 };
    expect(chargeUnreported('cancelled', terms, received).outputTokens).toBe(500 + 300);
  });

  test('is charged no output that was not seen beyond the cap, whatever of the input is left of the hold', () => {
    const usage = { inputTokens: 10, outputTokens: 1 };
    const received = { ...nothing, usage, outputTokensMost: 30, silentMs: 60_000 };
    expect(chargeUnreported('cancelled', terms, received)).toMatchObject({ inputTokens: 10, outputTokens: 1000 });
  });

  test('is never charged more than its hold', () => {
    const charge = chargeUnreported('cancelled', terms, { ...nothing, outputTokensMost: 900, outputMs: 100 });
    expect(charge).toEqual({ tokens: 1100, nanoUsd: 2_100_000, inputTokens: 100, outputTokens: 1000 });
  });
});

describe('a call that was cancelled, and that nothing bounds', () => {
  const unbounded = { ...terms, bounded: false, outputTokensMax: undefined };

  test('is charged for time alone no more than was expected', () => {
    const quiet = { ...nothing, silentMs: 60_000 };
    expect(chargeUnreported('cancelled', unbounded, quiet)).toMatchObject({ tokens: 1100, nanoUsd: 2_100_000 });
    expect(chargeUnreported('cancelled', unbounded, { ...quiet, silentMs: 1000 })).toMatchObject({ outputTokens: 600 });
  });

  test('is charged what came and a second at its own rate, where that is more than was expected', () => {
    const received = { ...nothing, outputTokensMost: 3000, outputMs: 3000, silentMs: 60_000 };
    expect(chargeUnreported('cancelled', unbounded, received)).toMatchObject({ outputTokens: 4000 });
  });
});

describe('a complete answer without a usage', () => {
  test('is charged what was received', () => {
    const charge = chargeUnreported('unreported', terms, { ...nothing, outputTokensMost: 100, outputMs: 10 });
    expect(charge).toEqual({ tokens: 200, nanoUsd: 300_000, inputTokens: 100, outputTokens: 100 });
  });
});

describe('a call of which nobody knows what it used', () => {
  test('is charged its hold', () => {
    const charge = chargeUnreported('unknown', terms, { ...nothing, outputTokensMost: 5, outputMs: 0 });
    expect(charge).toEqual({ tokens: 1100, nanoUsd: 2_100_000, inputTokens: 100, outputTokens: 1000 });
  });

  test('is charged what was received where that is more than an unbounded hold', () => {
    const unbounded = { ...terms, bounded: false };
    const charge = chargeUnreported('unknown', unbounded, { ...nothing, outputTokensMost: 3000, outputMs: 0 });
    expect(charge.tokens).toBe(3100);
  });
});

describe('a call that was cut off', () => {
  test('is charged within its hold, by whatever count of ours it was', () => {
    const received = { ...nothing, outputTokensMost: 2000, outputMs: 4000 };
    const charge = chargeUnreported('cut-off', terms, received);
    expect(charge).toEqual({ tokens: 1100, nanoUsd: 2_100_000, inputTokens: 100, outputTokens: 1000 });
  });
});

test.each(['cut-off', 'cancelled', 'unreported', 'unknown'] as const)(
  'a call that ended early (%s) is charged what its provider says that it has used, though that is more than its hold',
  (how) => {
    const usage = { inputTokens: 90, outputTokens: 1500 };
    const charge = chargeUnreported(how, terms, { ...nothing, usage, outputTokensMost: 1500, outputMs: 4000 });
    expect(charge).toEqual({ tokens: 1590, nanoUsd: 3_090_000, inputTokens: 90, outputTokens: 1500 });
  },
);

test('no charge is too large for the ledger to count, whatever a provider sends', () => {
  const dear = { ...terms, outputPicoUsd: 1_000_000_000 };
  const received = { ...nothing, outputTokensMost: 64 * 1024 * 1024, silentMs: 3_600_000 };
  const unbounded = { ...dear, bounded: false, outputTokensMax: undefined };
  for (const each of [dear, unbounded, { ...unbounded, outputTokensPerSecondMax, choices: choicesMax }]) {
    expect(Number.isSafeInteger(chargeUnreported('cancelled', each, received).nanoUsd)).toBe(true);
  }
});

describe('when the client leaves', () => {
  const visible = { stream: true, cancels: true, hidesOutput: false, onAbort: undefined };

  test('a stream is cancelled if that ends its bill and none of its output is hidden', () => {
    expect(whenClientLeaves(visible)).toEqual({ kind: 'cancel', charge: 'cancelled' });
  });

  test.each([
    ['the target goes on when it is cancelled', { ...visible, cancels: false }],
    ['its output may be hidden', { ...visible, hidesOutput: true }],
    ['it is no stream', { ...visible, stream: false }],
    ['the policy wants it', { ...visible, onAbort: 'drain' as const }],
  ])('a call is read on if %s', (_, departing) => {
    expect(whenClientLeaves(departing)).toEqual({ kind: 'drain' });
  });

  test('a call is cancelled and its hold charged if the policy wants that', () => {
    expect(whenClientLeaves({ ...visible, cancels: false, onAbort: 'hold' })).toEqual({
      kind: 'cancel',
      charge: 'unknown',
    });
  });
});
