import type { PricedUsage } from '../catalog/price.ts';

/**
 * What a provider says it did. Input that was read from a cache, or written to one, and sound are counted in the input;
 * reasoning in the output.
 */
export interface ReportedUsage extends PricedUsage {
  readonly cachedInputTokens: number;
  readonly reasoningTokens: number;
  /** What the provider itself says that it charges, where it says so. It is noted beside our own count, no more. */
  readonly statedNanoUsd?: number;
}
