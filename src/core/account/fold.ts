import { apply } from '../ledger/apply.ts';
import type { HoldId } from '../ledger/command.ts';
import type { DecidedEvent } from '../ledger/event.ts';
import type { Limit } from '../ledger/limit.ts';
import { type LedgerState, newLedger } from '../ledger/state.ts';
import type { EpochMs } from '../ledger/epoch-ms.ts';
import { type Breaches, breachOf, noBreaches, withBreach } from './breach.ts';
import { callFacts, holdOf, spentBy } from './call-end.ts';
import { ledgerLimits } from './policy.ts';
import type { Account } from './protocol.ts';
import type { Level } from './level.ts';
import { type Spend, newSpend, setSpendBack, spend } from './spend.ts';
import { type Links, type OverNumbers, type Taken, noteTaken } from './uplink/below.ts';
import { postOpening } from './uplink/opening.ts';
import type { Owing } from './uplink/owed.ts';
import { type UplinkEvent, type Uplinks, addUplink, noteDelivered, noteOwed } from './uplink/uplinks.ts';

/** The facts of an account's journal: what its ledger decided, and what it was told. */
export type TenantEvent =
  | Owing<DecidedEvent>
  | Taken
  | UplinkEvent
  | { readonly type: 'account-set'; readonly account: Account }
  /** An account above has said by itself which limits it has. */
  | { readonly type: 'level-set'; readonly level: Level }
  | { readonly type: 'plan-set'; readonly catalogVersion: number; readonly limits: readonly Limit[] };

/** All that an account knows: a fold over its journal, and nothing else. */
export interface TenantState {
  /** The last row of the journal that is folded in. */
  seq: number;
  readonly ledger: LedgerState;
  account: Account | undefined;
  plan: { readonly catalogVersion: number; readonly limits: readonly Limit[] };
  readonly spend: Spend;
  breaches: Breaches;
  /** What is owed to the accounts above. */
  readonly uplinks: Uplinks;
  /** The name of this ledger towards them. Undefined while it is the one that is on disk beside the journal. */
  uplinkName: string | undefined;
  /** The accounts below, and what was taken from each. */
  readonly below: Links;
  readonly over: OverNumbers;
  /** Holds that all above have granted, which is not in the journal yet. In memory only. */
  readonly unwritten: Set<HoldId>;
  /** Whether others ask the account or are asked by it, or are to be: releases that can't do that must not read it. */
  hasAsks: boolean;
}

/** Older than every catalog, the bundled one included. */
export const noPlan: TenantState['plan'] = { catalogVersion: -1, limits: [] };

export function newTenant(): TenantState {
  return {
    seq: 0,
    ledger: newLedger(),
    account: undefined,
    plan: noPlan,
    spend: newSpend(),
    breaches: noBreaches,
    uplinks: new Map(),
    uplinkName: undefined,
    below: new Map(),
    over: new Map(),
    unwritten: new Set(),
    hasAsks: false,
  };
}

export function applyEvent(state: TenantState, event: TenantEvent, at: EpochMs): void {
  // Until its row is there, an event is of the row that comes next.
  if ('owed' in event) noteOwed(state.uplinks, event.owed, state.seq + 1);
  switch (event.type) {
    case 'account-set':
      state.account = event.account;
      state.hasAsks ||= (event.account.above ?? []).length > 0;
      return;
    case 'level-set':
      state.account = state.account && withLevel(state.account, event.level);
      return;
    case 'admitted':
      state.hasAsks ||= event.below !== undefined;
      return apply(state.ledger, event, at);
    case 'plan-set':
      state.plan = { catalogVersion: event.catalogVersion, limits: event.limits };
      return;
    case 'reset':
      if (event.setBackTo !== undefined) setSpendBack(state.spend, event.setBackTo);
      return apply(state.ledger, event, at);
    case 'settled':
    case 'voided':
    case 'expired':
    case 'corrected': {
      const hold = holdOf(state.ledger, event);
      if ('breach' in event && event.breach) {
        state.breaches = withBreach(state.breaches, breachOf(hold, event, callFacts(event.facts), at));
      }
      // A correction goes where its charge has gone, and nowhere else.
      if (event.type === 'expired' && state.uplinks.size > 0) hold.chain = event.owed?.to ?? [];
      apply(state.ledger, event, at);
      for (const spent of spentBy(hold, event)) spend(state.spend, { ...spent, admittedAt: hold.at }, at);
      return;
    }
    case 'taken':
      return applyTaken(state, event, at);
    case 'uplinks-set':
      for (const to of event.to) {
        addUplink(state.uplinks, to, state.seq, event.opening === undefined ? 0 : state.seq + 1);
      }
      return;
    case 'uplinks-renamed':
      state.uplinkName = event.name;
      return;
    case 'delivered':
      return noteDelivered(state.uplinks, event);
    default:
      apply(state.ledger, event, at);
  }
}

/** Calls of an account below are counted as their own account counted them. */
function applyTaken(state: TenantState, event: Taken, at: EpochMs): void {
  apply(state.ledger, event, at);
  if (event.opening !== undefined) postOpening(state, event.opening, at);
  for (const { at: admittedAt, spent = [] } of event.postings) {
    for (const each of spent) spend(state.spend, { ...each, admittedAt }, at);
  }
  noteTaken(state, event);
}

function withLevel(account: Account, level: Level): Account {
  const others = (account.above ?? []).filter(({ id }) => id !== level.id);
  return { ...account, above: [...others, level] };
}

/** Every limit in force: those of the account's own policy, then those of its plan. */
export function limitsInForce(account: Account, plan: TenantState['plan']): Limit[] {
  const own = ledgerLimits(account.policy.limits ?? []);
  return account.policy.plan === undefined ? own : [...own, ...plan.limits];
}
