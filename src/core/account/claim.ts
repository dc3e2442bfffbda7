import type { HoldId } from '../ledger/command.ts';
import type { EpochMs } from '../ledger/epoch-ms.ts';

/** An answer as its client got it, for whoever repeats the call. */
export interface KeptAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/**
 * What a call claims with an idempotency key, from its admission on. How the call is doing is not said here but by the
 * ledger, so that the two can't differ: a claim whose hold is open is in progress, whatever became of its router.
 */
export interface Claim {
  /** The endpoint and the client's key: see `claimKey`. */
  readonly key: string;
  readonly holdId: HoldId;
  /** Of the call, which is its request id. */
  readonly name: string;
  readonly bodyHash: string;
  readonly at: EpochMs;
  /** The size of the answer that is kept; undefined while there is none. */
  readonly bytes?: number;
}

/** What becomes of the claims in one flush, in order. */
export type ClaimChange =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'kept'; readonly holdId: HoldId; readonly answer: KeptAnswer }
  /** The answer is forgotten, and the claim is not: its call was charged. */
  | { readonly kind: 'dropped'; readonly holdId: HoldId }
  /** So are all answers there are. */
  | { readonly kind: 'all-dropped' }
  /** The key is as good as new. */
  | { readonly kind: 'freed'; readonly holdId: HoldId };

/** Where claims are kept. What changes in them is written with the row of the journal that it belongs to. */
export interface ClaimStore {
  isEmpty(): boolean;
  /** How many claims there are, and the size of all answers together. Reads every claim. */
  tally(): { readonly claims: number; readonly bytes: number };
  ofKey(key: string): Claim | undefined;
  ofHold(holdId: HoldId): Claim | undefined;
  answerOf(holdId: HoldId): KeptAnswer | undefined;
  /** When the oldest was made. */
  oldestAt(): number | undefined;
  /** In the order in which they were admitted. */
  all(): Iterable<Claim>;
  /** Those of which an answer is kept, in the order in which they were admitted. */
  answered(): Iterable<{ readonly holdId: HoldId; readonly bytes: number }>;
}
