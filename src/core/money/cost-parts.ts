/** What a call cost, by what for. The parts add up to its cost. */
export interface CostParts {
  readonly inputNanoUsd: number;
  readonly cachedNanoUsd: number;
  readonly cacheWritesNanoUsd: number;
  readonly outputNanoUsd: number;
  /** For the request, images and searches. */
  readonly feesNanoUsd: number;
}
