import type { Facts, HoldId } from './command.ts';
import type { Endpoint, Limit, ModelNames } from './limit.ts';
import type { EpochMs } from './epoch-ms.ts';
import type { Posting } from './posting.ts';

/**
 * The facts of the journal. They record decided amounts, never inputs to decide again: so a replay gives the same
 * balance under any later version of `decide`. Every released shape stays readable for ever.
 */
export type LedgerEvent =
  | (ModelNames & {
      readonly type: 'admitted';
      readonly id: HoldId;
      readonly name: string;
      readonly endpoint: Endpoint;
      readonly stream: boolean;
      readonly bounded: boolean;
      readonly tokens: number;
      readonly nanoUsd: number;
      readonly cap: number;
      /** Missing in old releases, which wrote no leases: there an owner may have renewed for as long as a call runs. */
      readonly endsBy?: EpochMs;
      /** Missing in old releases, which did not write whom the account belonged to. */
      readonly chain?: readonly string[];
      /** These accounts above must grant it too. They know it by the number of this event in its ledger. */
      readonly asked?: readonly string[];
      /** Of a call of an account below: its number there. */
      readonly below?: number;
      /** What attempts before this one have come to, if the hold was there before it was asked for here. */
      readonly spent?: { readonly attempt: number; readonly tokens: number; readonly nanoUsd: number };
    })
  | {
      /** The hold got another lease. Releases that know of none ignore it. */
      readonly type: 'leased';
      readonly id: HoldId;
      readonly endsBy: EpochMs;
      /** A woken actor gave it, because its owner could hardly renew in time. No other actor gives one more. */
      readonly last?: true;
    }
  | (ModelNames & {
      readonly type: 'extended';
      readonly id: HoldId;
      readonly attempt: number;
      readonly spentTokens: number;
      readonly spentNanoUsd: number;
      readonly tokens: number;
      readonly nanoUsd: number;
      readonly cap: number;
    })
  /** Those above have granted what they were asked for, and so much of it. Or one of them hears how much that was. */
  | {
      readonly type: 'confirmed';
      readonly id: HoldId;
      readonly tokens: number;
      readonly nanoUsd: number;
      readonly cap: number;
    }
  /** A hold of which nobody was told is given back, as if it had never been. */
  | { readonly type: 'released'; readonly id: HoldId; readonly refusedBy?: readonly string[] }
  /** An account above has not granted an extension. The hold can only end. */
  | { readonly type: 'stopped'; readonly id: HoldId }
  /** An open hold is told to accounts above that ask for it now. They know it by the number of this event. */
  | { readonly type: 'asked'; readonly id: HoldId; readonly to: readonly string[] }
  /** An account above knows the open holds that it was told of, up to this number. */
  | { readonly type: 'adopted'; readonly by: string; readonly through: number }
  | {
      readonly type: 'settled';
      readonly id: HoldId;
      readonly tokens: number;
      readonly nanoUsd: number;
      readonly breach: boolean;
      readonly facts: Facts;
    }
  | {
      /** The truth about an expired hold came late. It replaces what the expiry charged. */
      readonly type: 'corrected';
      readonly id: HoldId;
      readonly tokens: number;
      readonly nanoUsd: number;
      readonly breach: boolean;
      readonly facts: Facts;
    }
  | { readonly type: 'voided'; readonly id: HoldId }
  | { readonly type: 'tombstoned'; readonly name: string }
  | { readonly type: 'expired'; readonly id: HoldId }
  /** Calls of an account below. Its place in the fold says which of them were taken before a reset. */
  | { readonly type: 'taken'; readonly postings: readonly Posting[] }
  | { readonly type: 'limits-set'; readonly limits: readonly Limit[] }
  /** `setBackTo`: the time from here on, also for the rest of the row, where time was ahead of the clock. */
  | { readonly type: 'reset'; readonly setBackTo?: EpochMs };

/** An event that a command makes. What is taken from below was decided there. */
export type DecidedEvent = Exclude<LedgerEvent, { type: 'taken' }>;
