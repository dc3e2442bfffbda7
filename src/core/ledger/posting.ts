import { change } from './counter.ts';
import type { EpochMs } from './epoch-ms.ts';
import { type Endpoint, type Metric, type ModelNames, inScope } from './limit.ts';
import type { LedgerState } from './state.ts';

/**
 * What a call of an account below came to, or a part of that. The account below has decided it, and the money is gone:
 * nothing of it is refused.
 */
export interface Posting extends ModelNames {
  /** When the call was admitted: by the time of the account below, and no later than the posting came. */
  readonly at: EpochMs;
  readonly endpoint: Endpoint;
  readonly requests: number;
  /** Amounts are negative if they take back what an expired call was charged. */
  readonly tokens: number;
  readonly nanoUsd: number;
  /** The event that charged what this takes back. A counter that began or was reset since then has no part in it. */
  readonly chargedBy?: number;
  /** The hold of the call, by its name here, and what this adds to what was posted of it. */
  readonly of?: { readonly name: string; readonly tokens: number; readonly nanoUsd: number };
  /** The call has ended: its hold ends too. */
  readonly ends?: true;
}

/** Posts a call to the period of its admission. */
export function post(state: LedgerState, posting: Posting): void {
  const { at, chargedBy = Number.POSITIVE_INFINITY } = posting;
  for (const counter of state.counters.values()) {
    if (counter.sinceOrdinal >= chargedBy || !inScope(counter.scope, posting)) continue;
    change(counter, at, state.at, 0, amountOf(counter.metric, posting));
  }
}

/** Calls in flight are counted only where they are held. */
function amountOf(metric: Metric, { requests, tokens, nanoUsd }: Posting): number {
  switch (metric) {
    case 'requests':
      return requests;
    case 'tokens':
      return tokens;
    case 'usd':
      return nanoUsd;
    case 'concurrency':
    case 'streams':
      return 0;
  }
}
