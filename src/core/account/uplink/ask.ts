import type { AskedCall, Bound } from '../../ledger/command.ts';
import type { Refusal } from '../../ledger/refusal.ts';
import type { LevelStanding } from '../level.ts';
import type { Below } from './below.ts';
import type { Delivery, TakeReply } from './delivery.ts';

/** What an account below says to one above in one message. It is carried out in this order. */
export interface AskRequest extends Below {
  /** What it owes, if it owes anything. */
  readonly delivery?: Delivery;
  /** Holds that all together have granted less. */
  readonly trims: readonly Trim[];
  readonly asks: readonly Ask[];
}

export interface Trim {
  readonly n: number;
  readonly attempt: number;
  readonly cap: number;
  readonly tokens: number;
  readonly nanoUsd: number;
}

/** `n` is the number of the call: of the event that asks, in the ledger of the account below. */
export type Ask =
  | { readonly kind: 'admit'; readonly n: number; readonly call: Omit<AskedCall, 'name'> }
  | {
      readonly kind: 'extend';
      readonly n: number;
      readonly attempt: number;
      /** What all attempts before have come to. */
      readonly spentTokens: number;
      readonly spentNanoUsd: number;
      readonly bound: Bound;
    }
  /** A hold that was there before this account asked. It is taken in, whether there is room for it or not. */
  | {
      readonly kind: 'adopt';
      readonly n: number;
      readonly attempt: number;
      readonly spentTokens: number;
      readonly spentNanoUsd: number;
      readonly call: Omit<AskedCall, 'name'>;
    };

export interface AskReply {
  readonly take?: TakeReply;
  /** In the order of the asks. */
  readonly answers: readonly AskAnswer[];
  /** Where the account stands after all of it, if it was asked for anything. */
  readonly level?: LevelStanding;
}

export type AskAnswer =
  | { readonly kind: 'granted'; readonly cap: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** A hold of that number has ended, or was given up before it came. */
  | { readonly kind: 'ended' }
  /** The call is not bounded, and the account has limits that need that: it must be planned again. */
  | { readonly kind: 'unbounded' }
  | { readonly kind: 'denied'; readonly reason: 'suspended' | 'revoked' | 'lost' }
  /** No more holds can be taken in. */
  | { readonly kind: 'full' };
