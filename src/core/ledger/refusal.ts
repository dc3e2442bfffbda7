import type { EpochMs } from './epoch-ms.ts';
import type { Limit } from './limit.ts';

/**
 * Why an admission does not fit, at the moment of the decision. All quantities are in the unit of the limit's metric.
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
  /** By then enough will have left the window, unless more is posted. */
  | { readonly kind: 'at'; readonly at: EpochMs }
  /** It can never fit under this maximum. */
  | { readonly kind: 'never' };

/** Of two refusals, the one that lasts longer: a caller would only meet the other first. */
export function longer(one: Refusal | undefined, other: Refusal): Refusal {
  return one === undefined || patience(other.comeBack) > patience(one.comeBack) ? other : one;
}

function patience(comeBack: ComeBack): number {
  if (comeBack.kind === 'at') return comeBack.at;
  return comeBack.kind === 'holds' ? 0 : Number.POSITIVE_INFINITY;
}
