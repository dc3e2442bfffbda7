import type { PricedUsage } from '../catalog/price.ts';

/**
 * What a provider reports of its work. Input includes what was read from or written to a cache, and sound; output
 * includes reasoning.
 */
export interface ReportedUsage extends PricedUsage {
  readonly cachedInputTokens: number;
  readonly reasoningTokens: number;
  /** What the provider says that it charges. It is only noted beside our own count. */
  readonly statedNanoUsd?: number;
}
