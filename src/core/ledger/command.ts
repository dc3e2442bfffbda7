import type { Endpoint, Limit, ModelNames } from './limit.ts';
import type { Refusal } from './refusal.ts';
import type { EpochMs } from './epoch-ms.ts';

/** Where a hold stands in the journal: `seq.index` of the event that made it. */
export type HoldId = string;

/** What one attempt can use at most: a fixed part, and a part for each token of output it is allowed. */
export interface Bound extends ModelNames {
  readonly fixedTokens: number;
  readonly fixedNanoUsd: number;
  /** Tokens counted for each token of the output cap: one for each choice asked for. */
  readonly tokensPerCapToken: number;
  readonly picoUsdPerCapToken: number;
  /** The output cap wanted, and the least that is of use. Both are 0 where there is no output to cap. */
  readonly capWanted: number;
  readonly capLeast: number;
  /**
   * How many times over it must fit under each limit on tokens and money, by somebody who can do with less and leaves
   * room for others. Once, where it is left out.
   */
  readonly timesOver?: number;
}

export interface AdmitCommand {
  readonly type: 'admit';
  /** The caller's name for the call. A repeat with the same name is the same call. */
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly stream: boolean;
  /** Whether the bound is one that can't be exceeded honestly, so that a settlement above it is a breach. */
  readonly bounded: boolean;
  readonly bound: Bound;
  /** By when the hold ends, by the wall clock, unless another lease is written. The ledger only keeps it. */
  readonly endsBy: EpochMs;
}

/** What a caller says of a call that it asks to have admitted. */
export type AskedCall = Omit<AdmitCommand, 'type' | 'endsBy'>;

/**
 * Posts what the attempts so far may have cost, and reserves for the next one, in the same slot, or changes nothing.
 */
export interface ExtendCommand {
  readonly type: 'extend';
  readonly holdId: HoldId;
  /** The number of the attempt to come, from 2 up: a repeat of the same number is the same command. */
  readonly attempt: number;
  readonly spentTokens: number;
  readonly spentNanoUsd: number;
  readonly bound: Bound;
}

/** What the caller wants to be found with the record of the call. The ledger carries it and never looks inside. */
export type Facts = Readonly<Record<string, unknown>>;

/** Ends a hold at what its last attempt truly used. */
export interface SettleCommand {
  readonly type: 'settle';
  readonly holdId: HoldId;
  /**
   * The last attempt that the owner knows of, from 1 up; left out, it is the ledger's own. An owner that never heard
   * whether its extension was granted settles what it meant to post with it: if that was posted, it is not charged
   * again.
   */
  readonly attempt?: number;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly facts: Facts;
}

/** Ends a hold of which nothing was used, by the name of its call, or sees to it that such a call is never admitted. */
export interface VoidCommand {
  readonly type: 'void';
  readonly name: string;
}

/** Ends a hold whose owner vanished, at all that it held. */
export interface ExpireCommand {
  readonly type: 'expire';
  readonly holdId: HoldId;
}

export interface SetLimitsCommand {
  readonly type: 'set-limits';
  readonly limits: readonly Limit[];
}

/** Makes room again by forgetting what was posted. Holds stay. Time that is ahead of the clock is set back to it. */
export interface ResetCommand {
  readonly type: 'reset';
  /** What the wall clock says. */
  readonly clock: EpochMs;
}

export type Command =
  | AdmitCommand
  | ExtendCommand
  | SettleCommand
  | VoidCommand
  | ExpireCommand
  | SetLimitsCommand
  | ResetCommand;

export type Answer =
  | {
      readonly kind: 'granted';
      readonly holdId: HoldId;
      readonly cap: number;
      readonly tokens: number;
      readonly nanoUsd: number;
      /** Whether the same command was granted before, and this is only its answer again. */
      readonly repeated: boolean;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'settled'; readonly breach: boolean; readonly corrected: boolean }
  | { readonly kind: 'voided' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'changed' }
  /** The call had ended already, or was voided before it came. Nothing was changed. */
  | { readonly kind: 'ended' }
  /** The limits would need more counters than an account may ever have. */
  | { readonly kind: 'too-many-counters' };
