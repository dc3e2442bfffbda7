import { apply } from '../ledger/apply.ts';
import type { LedgerEvent } from '../ledger/event.ts';
import type { Limit } from '../ledger/limit.ts';
import { type Hold, type LedgerState, newLedger, openHold } from '../ledger/state.ts';
import { assert } from '../../assert.ts';
import type { EpochMs } from '../ledger/epoch-ms.ts';
import { type Breaches, breachOf, noBreaches, withBreach } from './breach.ts';
import { ledgerLimits } from './policy.ts';
import type { Account } from './protocol.ts';
import type { CallFacts } from './record.ts';
import { type Spend, type Spent, newSpend, setSpendBack, spend } from './spend.ts';

/** The facts of an account's journal: what its ledger decided, and what it was told of itself. */
export type TenantEvent =
  | LedgerEvent
  | { readonly type: 'account-set'; readonly account: Account }
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
}

/** Older than every catalog, the bundled one included. */
export const noPlan: TenantState['plan'] = { catalogVersion: -1, limits: [] };

export function newTenant(): TenantState {
  const ledger = newLedger();
  return { seq: 0, ledger, account: undefined, plan: noPlan, spend: newSpend(), breaches: noBreaches };
}

export function applyEvent(state: TenantState, event: TenantEvent, at: EpochMs): void {
  switch (event.type) {
    case 'account-set':
      state.account = event.account;
      return;
    case 'plan-set':
      state.plan = { catalogVersion: event.catalogVersion, limits: event.limits };
      return;
    case 'reset':
      if (event.setBackTo !== undefined) setSpendBack(state.spend, event.setBackTo);
      return apply(state.ledger, event, at);
    case 'settled':
    case 'voided':
    case 'expired': {
      const hold = openHold(state.ledger, event.id);
      if (event.type === 'settled') noteBreach(state, hold, event, at);
      apply(state.ledger, event, at);
      return count(state, hold, event, at);
    }
    case 'corrected': {
      const expired = state.ledger.expired.get(event.id);
      assert(expired !== undefined, `hold ${event.id} has not expired`);
      const { hold } = expired;
      noteBreach(state, hold, event, at);
      apply(state.ledger, event, at);
      // The expiry charged what was held, to the model as the hold names it.
      const facts = callFacts(event.facts);
      const charged = { admittedAt: hold.at, inputTokens: 0, outputTokens: 0 };
      spend(state.spend, { ...charged, model: hold.model, requests: -1, costNanoUsd: -hold.nanoUsd }, at);
      return spend(state.spend, spentBy(hold, facts, event.nanoUsd), at);
    }
    default:
      apply(state.ledger, event, at);
  }
}

/** Every limit in force: those of the account's own policy, then those of its plan. */
export function limitsInForce(account: Account, plan: TenantState['plan']): Limit[] {
  const own = ledgerLimits(account.policy.limits ?? []);
  return account.policy.plan === undefined ? own : [...own, ...plan.limits];
}

function noteBreach(
  state: TenantState,
  hold: Hold,
  event: Extract<TenantEvent, { type: 'settled' | 'corrected' }>,
  at: EpochMs,
): void {
  if (event.breach) state.breaches = withBreach(state.breaches, breachOf(hold, event, callFacts(event.facts), at));
}

function count(
  state: TenantState,
  hold: Hold,
  event: Extract<TenantEvent, { type: 'settled' | 'voided' | 'expired' }>,
  at: EpochMs,
): void {
  switch (event.type) {
    case 'settled':
      return spend(state.spend, spentBy(hold, callFacts(event.facts), event.nanoUsd + hold.spentNanoUsd), at);
    case 'expired':
      return spend(state.spend, spentBy(hold, undefined, hold.nanoUsd + hold.spentNanoUsd), at);
    case 'voided':
      if (hold.spentNanoUsd > 0)
        spend(state.spend, { ...spentBy(hold, undefined, hold.spentNanoUsd), requests: 0 }, at);
  }
}

function spentBy(hold: Hold, facts: CallFacts | undefined, costNanoUsd: number): Spent {
  return {
    admittedAt: hold.at,
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
