import { type Limit, isGauge } from '../ledger/limit.ts';
import { epochMs } from '../ledger/epoch-ms.ts';
import { formatUsd } from '../money/usd.ts';
import { month, periodAt, periodLeavesAt } from '../ledger/window.ts';
import { formatPer } from './per.ts';
import type { LimitOwner } from './level.ts';
import type { Usage } from './usage.ts';

/** An amount under a limit, as people and clients read it: money is decimal text, a count is a number. */
export function amountOf({ metric }: Limit, amount: number, decimals?: number): string | number {
  return metric === 'usd' ? formatUsd(amount, decimals) : amount;
}

/** Whose limit it is, and what it counts. */
export function limitHead(
  { metric, window }: Limit,
  { scope, id }: LimitOwner,
): LimitOwner & { readonly metric: Limit['metric']; readonly per?: string } {
  return { scope, id, metric, ...(isGauge(metric) ? {} : { per: formatPer(window) }) };
}

/** Where an account stands under each of its limits, for whoever asks for its usage. */
export function limitViews<Reset>(
  limits: readonly Limit[],
  { owner, atMs, standings }: Pick<Usage, 'owner' | 'atMs' | 'standings'>,
  resets: (atMs: number | undefined) => Reset,
) {
  const monthEnds = periodLeavesAt(month, periodAt(month, epochMs(atMs)));
  return limits.map((limit, index) => {
    const { posted = 0, held = 0, resetsAt } = standings[index] ?? {};
    return {
      ...limitHead(limit, owner),
      ...limit.scope,
      max: amountOf(limit, limit.max),
      posted: amountOf(limit, posted),
      held: amountOf(limit, held),
      free: amountOf(limit, Math.max(0, limit.max - posted - held)),
      ...resets(limit.window.kind === 'month' ? monthEnds : resetsAt),
    };
  });
}
