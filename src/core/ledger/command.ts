import type { Endpoint, Limit, ModelNames } from './limit.ts';
import type { Refusal } from './refusal.ts';
import type { EpochMs } from './epoch-ms.ts';

/** Where a hold stands in the journal: `seq.index` of the event that made it. */
export type HoldId = string;

/** The most that one attempt can use: a fixed part, and a part for each token of output that it may have. */
export interface Bound extends ModelNames {
  readonly fixedTokens: number;
  readonly fixedNanoUsd: number;
  /** Tokens counted for each token of the output cap: one for each choice that was asked for. */
  readonly tokensPerCapToken: number;
  readonly picoUsdPerCapToken: number;
  /** The output cap that the caller wants, and the least that it can use. Both are 0 where no output can be capped. */
  readonly capWanted: number;
  readonly capLeast: number;
  /** The bound must fit this often under each limit on tokens and money: the caller can ask for less. Default: once. */
  readonly timesOver?: number;
}

export interface AdmitCommand {
  readonly type: 'admit';
  /** The caller's name for the call. A second admit with the same name is a repeat. */
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly stream: boolean;
  /** Whether only a breach can exceed the bound. */
  readonly bounded: boolean;
  readonly bound: Bound;
  /** When the hold ends by the wall clock, unless another lease is written. The ledger only keeps it. */
  readonly endsBy: EpochMs;
  /** Whom the account belongs to. The ledger carries it and never looks inside. */
  readonly chain?: readonly string[];
  /** The accounts above that must grant it too. Until they have, nobody is told of the hold. */
  readonly asked?: readonly string[];
  /** Of a call of an account below: its number there. Its name says whose it is. */
  readonly below?: number;
}

export type AskedCall = Omit<AdmitCommand, 'type' | 'endsBy' | 'chain' | 'asked' | 'below'>;

/** Posts what earlier attempts may have cost and reserves for the next one, in the same slot. Or changes nothing. */
export interface ExtendCommand {
  readonly type: 'extend';
  readonly holdId: HoldId;
  /** The number of the next attempt, from 2 up. A second extend with the same number is a repeat. */
  readonly attempt: number;
  readonly spentTokens: number;
  readonly spentNanoUsd: number;
  readonly bound: Bound;
}

/** What the record of the call shall say. The ledger carries it and never looks inside. */
export type Facts = Readonly<Record<string, unknown>>;

/** Ends a hold at what its last attempt used. */
export interface SettleCommand {
  readonly type: 'settle';
  readonly holdId: HoldId;
  /**
   * The last attempt that the owner knows of, from 1 up. Default: the last that the ledger knows of. An owner that
   * never heard of its extension settles what the extension has posted: that is not charged again.
   */
  readonly attempt?: number;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly facts: Facts;
}

export type Command =
  | AdmitCommand
  | ExtendCommand
  | SettleCommand
  /**
   * Ends a hold of which nothing was used, by the name of its call. Or makes sure that no such call is ever admitted.
   */
  | { readonly type: 'void'; readonly name: string }
  /** Ends a hold whose owner vanished, at all that it held. */
  | { readonly type: 'expire'; readonly holdId: HoldId }
  | { readonly type: 'set-limits'; readonly limits: readonly Limit[] }
  /** Forgets what was posted. Holds stay. Sets the ledger's time back to the clock where it is ahead. */
  | { readonly type: 'reset'; readonly clock: EpochMs };

export type Answer =
  | {
      readonly kind: 'granted';
      readonly holdId: HoldId;
      readonly cap: number;
      readonly tokens: number;
      readonly nanoUsd: number;
      /** Whether this only answers again what was granted before. */
      readonly repeated: boolean;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'settled'; readonly breach: boolean; readonly corrected: boolean }
  | { readonly kind: 'voided' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'changed' }
  /** The call had ended, or was voided before it came. Nothing changed. */
  | { readonly kind: 'ended' }
  /** The limits would need more counters than an account may ever have. */
  | { readonly kind: 'too-many-counters' };
