import { assert } from '../../assert.ts';
import type { LedgerEvent } from '../ledger/event.ts';
import { type Hold, type LedgerState, openHold } from '../ledger/state.ts';
import type { CallFacts } from './record.ts';
import type { CallSpent } from './spend.ts';

/** An event that says what a call came to. */
export type CallEnded = Extract<LedgerEvent, { type: 'settled' | 'voided' | 'expired' | 'corrected' }>;

/** The hold that an event ends, or corrects. It is asked for before the event is applied. */
export function holdOf(ledger: LedgerState, event: CallEnded): Hold {
  if (event.type !== 'corrected') return openHold(ledger, event.id);
  const expired = ledger.expired.get(event.id);
  assert(expired !== undefined, `hold ${event.id} has not expired`);
  return expired.hold;
}

/** What the end of a call adds to what was spent, and takes from it. */
export function spentBy(hold: Hold, event: CallEnded): readonly CallSpent[] {
  switch (event.type) {
    case 'settled':
      return [spentOn(hold, callFacts(event.facts), event.nanoUsd + hold.spentNanoUsd)];
    case 'expired':
      return [spentOn(hold, undefined, hold.nanoUsd + hold.spentNanoUsd)];
    case 'voided':
      return hold.spentNanoUsd > 0 ? [{ ...spentOn(hold, undefined, hold.spentNanoUsd), requests: 0 }] : [];
    case 'corrected': {
      // The expiry charged what was held, to the model as the hold names it.
      const charged = { ...spentOn(hold, undefined, -hold.nanoUsd), requests: -1 };
      return [charged, spentOn(hold, callFacts(event.facts), event.nanoUsd)];
    }
  }
}

function spentOn(hold: Hold, facts: CallFacts | undefined, costNanoUsd: number): CallSpent {
  return {
    model: facts?.model ?? hold.model,
    requests: 1,
    inputTokens: facts?.inputTokens ?? 0,
    outputTokens: facts?.outputTokens ?? 0,
    costNanoUsd,
  };
}

/** The ledger carries facts unseen. Only `settle` puts them there, and its type says that they are `CallFacts`. */
export function callFacts(facts: unknown): CallFacts {
  return facts as CallFacts;
}
