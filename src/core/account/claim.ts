import type { HoldId } from '../ledger/command.ts';
import type { EpochMs } from '../ledger/epoch-ms.ts';

/** An answer as its client got it, for a repeat of the call. */
export interface KeptAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/**
 * What a call claims with an idempotency key, from its admission on. Only the ledger says whether the call runs: a
 * claim with an open hold is in progress, whatever became of its router.
 */
export interface Claim {
  /** The endpoint and the client's key: see `claimKey`. */
  readonly key: string;
  readonly holdId: HoldId;
  /** The name of the call: its request id. */
  readonly name: string;
  readonly bodyHash: string;
  readonly at: EpochMs;
  /** The size of the kept answer. Undefined if there is none. */
  readonly bytes?: number;
}

/** What one flush changes of the claims, in order. */
export type ClaimChange =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'kept'; readonly holdId: HoldId; readonly answer: KeptAnswer }
  /** The answer is forgotten. The claim is not: its call was charged. */
  | { readonly kind: 'dropped'; readonly holdId: HoldId }
  /** All answers are forgotten. */
  | { readonly kind: 'all-dropped' }
  /** The key is free again. */
  | { readonly kind: 'freed'; readonly holdId: HoldId };

/** Where claims are kept. It only reads: changes are written with the journal row that they belong to. */
export interface ClaimStore {
  isEmpty(): boolean;
  /** How many claims there are, and the size of all answers. Reads every claim. */
  tally(): { readonly claims: number; readonly bytes: number };
  ofKey(key: string): Claim | undefined;
  ofHold(holdId: HoldId): Claim | undefined;
  answerOf(holdId: HoldId): KeptAnswer | undefined;
  /** When the oldest was made. */
  oldestAt(): number | undefined;
  /** In the order of admission. */
  all(): Iterable<Claim>;
  /** Those with a kept answer, in the order of admission. */
  answered(): Iterable<{ readonly holdId: HoldId; readonly bytes: number }>;
}
