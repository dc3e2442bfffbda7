import type { Bound } from '../../core/ledger/command.ts';
import { nanoUsdRoundedUp } from '../../core/money/usd.ts';
import { GatewayError } from '../../http/errors.ts';
import { type BoundAttempts, ofFirstModel } from './bound.ts';

/**
 * How often the provider may search instead, after a refusal for the size of a call: as often as fits into what is
 * free, or as seldom as the client accepts. Undefined if it is that seldom already. Pure.
 */
export function fewerSearches(
  attempts: BoundAttempts<unknown>,
  metric: 'usd' | 'tokens',
  free: number,
): number | undefined {
  const searching = ofFirstModel(attempts).flatMap(({ searches }) => searches ?? []);
  const most = Math.max(0, ...searching.map(({ uses }) => uses));
  const least = Math.max(0, ...searching.map(({ usesLeast }) => usesLeast));
  if (most <= least) return undefined;
  for (let uses = most - 1; uses > least; uses -= 1) {
    if (searching.every(({ boundAt }) => needed(boundAt(uses), metric) <= free)) return uses;
  }
  return least;
}

function needed(bound: Bound | GatewayError, metric: 'usd' | 'tokens'): number {
  if (bound instanceof GatewayError) return Infinity;
  const { fixedTokens, fixedNanoUsd, tokensPerCapToken, picoUsdPerCapToken, capLeast, timesOver = 1 } = bound;
  const tokens = fixedTokens + capLeast * tokensPerCapToken;
  return timesOver * (metric === 'tokens' ? tokens : fixedNanoUsd + nanoUsdRoundedUp(capLeast * picoUsdPerCapToken));
}
