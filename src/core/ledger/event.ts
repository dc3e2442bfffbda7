import type { Facts, HoldId } from './command.ts';
import type { Endpoint, Limit, ModelNames } from './limit.ts';
import type { EpochMs } from './epoch-ms.ts';

/**
 * The facts of the journal. They record amounts that were decided, never inputs to decide again, so that replaying them
 * gives the same balance under any later version of `decide`. Every released shape stays readable for ever.
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
      /** Left out by releases that wrote no leases, whose owners may have renewed theirs for as long as a call runs. */
      readonly endsBy?: EpochMs;
    })
  | {
      /** The hold was given another lease, by which it ends now. Releases that know of none ignore it. */
      readonly type: 'leased';
      readonly id: HoldId;
      readonly endsBy: EpochMs;
      /** It was given by an actor that woke when the one before was over, and no other gives one more. */
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
  | {
      readonly type: 'settled';
      readonly id: HoldId;
      readonly tokens: number;
      readonly nanoUsd: number;
      readonly breach: boolean;
      readonly facts: Facts;
    }
  | {
      /** The truth about an expired hold, late. It replaces what the expiry charged. */
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
  | { readonly type: 'limits-set'; readonly limits: readonly Limit[] }
  /** Where time was ahead of the clock: the time from here on, for what follows in the same row too. */
  | { readonly type: 'reset'; readonly setBackTo?: EpochMs };
