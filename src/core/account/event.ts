import type { LedgerEvent } from '../ledger/event.ts';
import type { Limit } from '../ledger/limit.ts';
import type { Account } from './protocol.ts';

/** The facts of an account's journal: what its ledger decided, and what it was told of itself. */
export type TenantEvent =
  | LedgerEvent
  | { readonly type: 'account-set'; readonly account: Account }
  | { readonly type: 'plan-set'; readonly catalogVersion: number; readonly limits: readonly Limit[] };
