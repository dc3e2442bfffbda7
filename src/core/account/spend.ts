import { modelsCountedMax } from '../../limits.ts';
import type { EpochMs } from '../ledger/epoch-ms.ts';
import { day, month, periodAt, slidingPeriods } from '../ledger/window.ts';
import type { ModelUsage } from './usage.ts';

/**
 * What an account has spent, for people to read. Nothing is decided from it, and no reset changes it. As in the ledger,
 * a call belongs to the day and month of its admission.
 */
export interface Spend {
  day: number;
  todayNanoUsd: number;
  month: number;
  monthNanoUsd: number;
  totalNanoUsd: number;
  readonly byModel: Map<string, ModelUsage>;
}

export interface Spent {
  readonly admittedAt: EpochMs;
  /** The model that served. Undefined if nobody knows, as for a call that expired. */
  readonly model: string | undefined;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Negative in a correction. */
  readonly costNanoUsd: number;
}

/** The same, of a call whose admission stands elsewhere. */
export type CallSpent = Omit<Spent, 'admittedAt'>;

/** All models beyond `modelsCountedMax`, so that the memory of an account has a bound. */
const otherModels = 'other';

export function newSpend(): Spend {
  return { day: 0, todayNanoUsd: 0, month: 0, monthNanoUsd: 0, totalNanoUsd: 0, byModel: new Map() };
}

export function spend(state: Spend, spent: Spent, at: EpochMs): void {
  turnPages(state, at);
  if (dayAt(spent.admittedAt) === state.day) state.todayNanoUsd += spent.costNanoUsd;
  if (periodAt(month, spent.admittedAt) === state.month) state.monthNanoUsd += spent.costNanoUsd;
  state.totalNanoUsd += spent.costNanoUsd;
  countByModel(state, spent);
}

/** Adds what another account had spent by then, as if its calls had been made here. */
export function addSpend(
  state: Spend,
  spent: Omit<Spend, 'byModel'> & { readonly byModel: Iterable<ModelUsage> },
  at: EpochMs,
): void {
  turnPages(state, at);
  // A clock that is ahead has turned its pages already.
  if (spent.day >= state.day) state.todayNanoUsd += spent.todayNanoUsd;
  if (spent.month >= state.month) state.monthNanoUsd += spent.monthNanoUsd;
  state.totalNanoUsd += spent.totalNanoUsd;
  for (const usage of spent.byModel) countByModel(state, usage);
}

function countByModel(state: Spend, spent: CallSpent): void {
  const named = spent.model ?? otherModels;
  const model = state.byModel.has(named) || state.byModel.size < modelsCountedMax ? named : otherModels;
  const before = state.byModel.get(model);
  state.byModel.set(model, {
    model,
    requests: (before?.requests ?? 0) + spent.requests,
    inputTokens: (before?.inputTokens ?? 0) + spent.inputTokens,
    outputTokens: (before?.outputTokens ?? 0) + spent.outputTokens,
    costNanoUsd: (before?.costNanoUsd ?? 0) + spent.costNanoUsd,
  });
}

/** Sets the time back. What was spent in later days and months was spent in this one. */
export function setSpendBack(state: Spend, to: EpochMs): void {
  state.day = Math.min(state.day, dayAt(to));
  state.month = Math.min(state.month, periodAt(month, to));
}

export function spendAt(state: Spend, at: EpochMs): Pick<Spend, 'todayNanoUsd' | 'monthNanoUsd' | 'totalNanoUsd'> {
  return {
    todayNanoUsd: state.day === dayAt(at) ? state.todayNanoUsd : 0,
    monthNanoUsd: state.month === periodAt(month, at) ? state.monthNanoUsd : 0,
    totalNanoUsd: state.totalNanoUsd,
  };
}

function turnPages(state: Spend, at: EpochMs): void {
  if (dayAt(at) !== state.day) {
    state.day = dayAt(at);
    state.todayNanoUsd = 0;
  }
  if (periodAt(month, at) !== state.month) {
    state.month = periodAt(month, at);
    state.monthNanoUsd = 0;
  }
}

/** Days since 1970, UTC. The sliding window of a day has 64 periods, counted from midnight. */
function dayAt(at: EpochMs): number {
  return Math.floor(periodAt(day, at) / slidingPeriods);
}
