import { changeIn, ringValue } from '../../ledger/counter.ts';
import type { EpochMs } from '../../ledger/epoch-ms.ts';
import { type Metric, counterKey } from '../../ledger/limit.ts';
import { type LedgerState, newLedger } from '../../ledger/state.ts';
import { type Window, periodAt } from '../../ledger/window.ts';
import { type Spend, addSpend } from '../spend.ts';
import type { ModelUsage } from '../usage.ts';

/** All that an account has counted and spent until it began to owe. Only a release without uplinks leaves any. */
export interface Opening {
  /** The number of the last event of the ledger that is counted. */
  readonly n: number;
  readonly counters: readonly {
    readonly metric: Metric;
    readonly window: Window;
    /** Each period with its amount, if something was posted. */
    readonly posted: readonly (readonly [number, number])[];
  }[];
  readonly spend: Omit<Spend, 'byModel'> & { readonly byModel: readonly ModelUsage[] };
}

/** The counters that every account has. What others count is known only where a limit has named them. */
const standing: ReadonlySet<string> = new Set(newLedger().counters.keys());

/** The opening of an account. Undefined if it has counted nothing. */
export function openingOf(ledger: LedgerState, spend: Spend, at: EpochMs): Opening | undefined {
  const counters = [...ledger.counters.values()].flatMap(({ key, metric, window, headPeriod, posted: ring }) => {
    if (!standing.has(key)) return [];
    const left = periodAt(window, at) - ring.length;
    const posted = ring.flatMap((_, back) => {
      const period = headPeriod - back;
      const amount = ringValue(ring, period);
      return amount === 0 || period <= left ? [] : [[period, amount] as const];
    });
    return posted.length === 0 ? [] : [{ metric, window, posted }];
  });
  if (counters.length === 0 && spend.byModel.size === 0) return undefined;
  return { n: ledger.ordinal, counters, spend: { ...spend, byModel: [...spend.byModel.values()] } };
}

/** Counts what an account below had counted. */
export function postOpening(
  { ledger, spend }: { readonly ledger: LedgerState; readonly spend: Spend },
  opening: Opening,
  at: EpochMs,
): void {
  for (const { metric, window, posted } of opening.counters) {
    const counter = ledger.counters.get(counterKey(metric, window, undefined));
    if (counter === undefined) continue;
    const newest = periodAt(window, at);
    for (const [period, amount] of posted) changeIn(counter, Math.min(period, newest), at, 0, amount);
  }
  addSpend(spend, opening.spend, at);
}
