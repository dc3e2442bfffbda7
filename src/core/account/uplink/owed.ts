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
export interface Owed extends Omit<OwedPosting, 'hold'> {
  readonly to: readonly string[];
  /** The accounts above that have a hold of the call, or may have one. */
  readonly holds?: Omit<CallTotal, 'n'> & { readonly by: readonly { readonly to: string; readonly n: number }[] };
}

/** What a call has come to so far, for those above that have a hold of it. */
export interface CallTotal {
  /** The number by which the account above knows the hold. */
  readonly n: number;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly ends?: true;
}

export interface OwedPosting extends Omit<Posting, 'chargedBy' | 'of' | 'ends'> {
  /** The number of the event among those of its ledger. */
  readonly n: number;
  /** It charges an expired call, and may be taken back. */
  readonly provisional?: true;
  /** The number of the event that charged what this takes back. */
  readonly charged?: number;
  readonly hold?: CallTotal;
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
      const amounts = { requests: 0, tokens: spentTokens, nanoUsd: spentNanoUsd };
      return owed(ledger, hold, chainOfHold(hold, owner), amounts, holdsOf(hold, amounts));
    }
    case 'settled':
      return ended(ledger, event, owner, { requests: 1, tokens: event.tokens, nanoUsd: event.nanoUsd });
    case 'expired': {
      const { tokens, nanoUsd } = openHold(ledger, event.id);
      return ended(ledger, event, owner, { requests: 1, tokens, nanoUsd }, { provisional: true });
    }
    case 'voided':
      return ended(ledger, event, owner, nothing);
    case 'released': {
      // Whoever has refused has no hold.
      const hold = openHold(ledger, event.id);
      return owed(ledger, hold, [], nothing, holdsOf(hold, nothing, event.refusedBy ?? 'ended'));
    }
    case 'corrected': {
      const { tokens, nanoUsd, at } = holdOf(ledger, event);
      const less = { requests: 0, tokens: event.tokens - tokens, nanoUsd: event.nanoUsd - nanoUsd };
      const { ordinal = 0, postedAt = at } = ledger.expired.get(event.id) ?? {};
      return ended(ledger, event, owner, less, { charged: ordinal, at: postedAt });
    }
  }
}

type CallEvent = CallEnded | Extract<LedgerEvent, { type: 'extended' | 'released' }>;
type Amounts = Pick<Posting, 'requests' | 'tokens' | 'nanoUsd'>;

const nothing: Amounts = { requests: 0, tokens: 0, nanoUsd: 0 };

function ended(
  ledger: LedgerState,
  event: CallEnded,
  owner: Owner | undefined,
  amounts: Amounts,
  more: Pick<Partial<OwedPosting>, 'provisional' | 'charged' | 'at'> = {},
): Owed | undefined {
  const hold = holdOf(ledger, event);
  const spent = spentBy(hold, event);
  const to = spent.length === 0 ? [] : chainOfHold(hold, owner);
  const holds = event.type === 'corrected' ? {} : holdsOf(hold, amounts, 'ended');
  return owed(ledger, hold, to, amounts, { ...(spent.length === 0 ? {} : { spent }), ...more, ...holds });
}

/**
 * What those above that have a hold of the call hear of it.
 * @param end of the call, or who has refused it: they have no hold
 */
function holdsOf(
  { asked, spentTokens, spentNanoUsd }: Hold,
  { tokens, nanoUsd }: Amounts,
  end?: 'ended' | readonly string[],
): Pick<Owed, 'holds'> {
  const refusedBy: readonly string[] = end === undefined || end === 'ended' ? [] : end;
  const by = asked?.filter(({ to }) => !refusedBy.includes(to)).map(({ to, n }) => ({ to, n })) ?? [];
  if (by.length === 0) return {};
  const total = { tokens: spentTokens + tokens, nanoUsd: spentNanoUsd + nanoUsd };
  return { holds: { by, ...total, ...(end === undefined ? {} : { ends: true }) } };
}

function owed(
  ledger: LedgerState,
  hold: Hold,
  above: readonly string[],
  amounts: Amounts,
  more: Partial<Owed> = {},
): Owed | undefined {
  const also = more.holds?.by.map(({ to }) => to).filter((id) => !above.includes(id)) ?? [];
  const to = [...above, ...also];
  if (to.length === 0) return undefined;
  const { at, endpoint } = hold;
  return { to, n: ledger.ordinal + 1, at, endpoint, ...modelNames(hold), ...amounts, ...more };
}
