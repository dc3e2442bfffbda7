import type { Limit } from './limit.ts';
import type { EpochMs } from './epoch-ms.ts';

/**
 * Why an admission doesn't fit, as of the moment it was decided. All quantities are in the unit of the limit's metric.
 */
export interface Refusal {
  readonly limit: Limit;
  readonly posted: number;
  readonly held: number;
  readonly free: number;
  readonly needed: number;
  readonly comeBack: ComeBack;
}

export type ComeBack =
  /** Only holds stand in the way. One of them may end at any moment. */
  | { readonly kind: 'holds' }
  /** At that moment enough will have left the window, if no more is posted until then. */
  | { readonly kind: 'at'; readonly at: EpochMs }
  /** It can't fit under this maximum, ever. */
  | { readonly kind: 'never' };

/**
 * Of several limits that refuse, the one that stands in the way for the longest: the others would only be met later.
 */
export function longer(one: Refusal | undefined, other: Refusal): Refusal {
  if (one === undefined) return other;
  return patience(other.comeBack) > patience(one.comeBack) ? other : one;
}

function patience(comeBack: ComeBack): number {
  switch (comeBack.kind) {
    case 'holds':
      return 0;
    case 'at':
      return comeBack.at;
    case 'never':
      return Number.POSITIVE_INFINITY;
  }
}
