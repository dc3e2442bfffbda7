import { priceAt } from '../../catalog/dated-prices.ts';
import { costNanoUsd } from '../../catalog/price.ts';
import type { Candidate } from '../../catalog/resolve.ts';
import type { Needs } from './needs.ts';
import type { ChosenModels } from './route-choice.ts';

/** What an answer comes to on the whole, where its cap is not lower. It is a guess, but the same one for all models. */
const outputTokensUsual = 800;

export interface Offered {
  readonly modelName: string;
  /** The target that would be tried first. */
  readonly candidate: Candidate;
}

/** What will most likely cost the least first. A price that nobody has named is dearer than any; ties go by name. */
export function byCost(offers: readonly Offered[], needs: Needs, tier: string, nowMs: number): ChosenModels {
  const costs = offers
    .map(({ modelName, candidate }) => ({ modelName, nanoUsd: expectedNanoUsd(candidate, needs, nowMs) }))
    .toSorted((one, other) => compare(one.nanoUsd, other.nanoUsd) || (one.modelName < other.modelName ? -1 : 1));
  const count = `${costs.length} of tier ${tier}`;
  return { models: costs.map(({ modelName }) => modelName), arm: costs[0]?.modelName, reason: `cheapest of ${count}` };
}

function expectedNanoUsd({ price, model }: Candidate, needs: Needs, nowMs: number): number {
  if (price === undefined) return Infinity;
  const cap = Math.min(needs.outputTokens ?? Infinity, model?.maxOutputTokens ?? Infinity);
  const outputTokens = needs.generates ? Math.max(0, Math.min(outputTokensUsual, cap)) : 0;
  return costNanoUsd(priceAt(price, nowMs), {
    inputTokens: needs.inputTokens,
    outputTokens,
    images: needs.media.get('image')?.count ?? 0,
  });
}

/** A difference of two infinities would be no number. */
function compare(one: number, other: number): number {
  return one === other ? 0 : one - other;
}
