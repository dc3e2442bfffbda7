import type { CallTerms } from '../../src/gateway/attempt/call-outcome.ts';

/** Input of at most 10 tokens at $1, and a cap of 50 at $2 per million: 1000 and 2000 nano-dollars each. */
export const terms: CallTerms = {
  bounded: true,
  holdTokens: 60,
  holdNanoUsd: 110_000,
  fixedTokens: 10,
  fixedNanoUsd: 10_000,
  outputPicoUsd: 2_000_000,
  outputTokensMax: 50,
  choices: 1,
  outputTokensPerSecondMax: 300,
  putsInMore: false,
  price: ({ inputTokens, outputTokens }) => inputTokens * 1000 + outputTokens * 2000,
  costParts: ({ inputTokens, outputTokens }) => ({
    inputNanoUsd: inputTokens * 1000,
    cachedNanoUsd: 0,
    cacheWritesNanoUsd: 0,
    outputNanoUsd: outputTokens * 2000,
    feesNanoUsd: 0,
  }),
  wordsPerToken: 1,
  hidesOutput: false,
};
