import { type CallEnded, holdOf, spentBy } from '../call-end.ts';
import type { LedgerEvent } from '../../ledger/event.ts';
import { modelNames } from '../../ledger/limit.ts';
import type { Posting } from '../../ledger/posting.ts';
import { type Hold, type LedgerState, openHold } from '../../ledger/state.ts';
import type { CallSpent } from '../spend.ts';
import { type Owner, chainOfHold } from './chain.ts';

/**
 * What an event owes to the accounts above: all that they need, so that it can be read from the journal much later,
 * when nobody remembers the hold.
 */
export interface Owed extends OwedPosting {
  readonly to: readonly string[];
}

export interface OwedPosting extends Omit<Posting, 'chargedBy'> {
  /** The number of the event among those of its ledger. */
  readonly n: number;
  /** It charges an expired call, and may be taken back. */
  readonly provisional?: true;
  /** The number of the event that charged what this takes back. */
  readonly charged?: number;
  readonly spent?: readonly CallSpent[];
}

/** An event of the journal, with what it owes. */
export type Owing<Event> = Event & { readonly owed?: Owed };

/** What an event owes. It is asked for before the event is applied. Undefined if it owes nothing. */
export function owedBy(ledger: LedgerState, event: CallEvent, owner: Owner | undefined): Owed | undefined {
  switch (event.type) {
    case 'extended': {
      // The attempt before may have used this. It counts as calls of its model do.
      const hold = openHold(ledger, event.id);
      const { spentTokens, spentNanoUsd } = event;
      if (spentTokens === 0 && spentNanoUsd === 0) return undefined;
      return owed(ledger, hold, owner, { requests: 0, tokens: spentTokens, nanoUsd: spentNanoUsd });
    }
    case 'settled':
      return ended(ledger, event, owner, { requests: 1, tokens: event.tokens, nanoUsd: event.nanoUsd });
    case 'expired': {
      const { tokens, nanoUsd } = openHold(ledger, event.id);
      return ended(ledger, event, owner, { requests: 1, tokens, nanoUsd }, { provisional: true });
    }
    case 'voided':
      return ended(ledger, event, owner, { requests: 0, tokens: 0, nanoUsd: 0 });
    case 'corrected': {
      const { tokens, nanoUsd, at } = holdOf(ledger, event);
      const less = { requests: 0, tokens: event.tokens - tokens, nanoUsd: event.nanoUsd - nanoUsd };
      const { ordinal = 0, postedAt = at } = ledger.expired.get(event.id) ?? {};
      return ended(ledger, event, owner, less, { charged: ordinal, at: postedAt });
    }
  }
}

type CallEvent = CallEnded | Extract<LedgerEvent, { type: 'extended' }>;
type Amounts = Pick<Posting, 'requests' | 'tokens' | 'nanoUsd'>;

function ended(
  ledger: LedgerState,
  event: CallEnded,
  owner: Owner | undefined,
  amounts: Amounts,
  more: Pick<Partial<OwedPosting>, 'provisional' | 'charged' | 'at'> = {},
): Owed | undefined {
  const hold = holdOf(ledger, event);
  const spent = spentBy(hold, event);
  if (spent.length === 0) return undefined;
  return owed(ledger, hold, owner, amounts, { spent, ...more });
}

function owed(
  ledger: LedgerState,
  hold: Hold,
  owner: Owner | undefined,
  amounts: Amounts,
  more: Partial<OwedPosting> = {},
): Owed | undefined {
  const to = chainOfHold(hold, owner);
  if (to.length === 0) return undefined;
  const { at, endpoint } = hold;
  return { to, n: ledger.ordinal + 1, at, endpoint, ...modelNames(hold), ...amounts, ...more };
}
