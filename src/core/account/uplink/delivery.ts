import type { LostReply } from '../protocol.ts';
import type { Opening } from './opening.ts';
import type { OwedPosting } from './owed.ts';

/** A place in the journal of an account below: a row, with a checksum of what is in it. */
export interface Place {
  readonly seq: number;
  readonly check: number;
}

/** What some rows of an account below owe. Rows are taken once, one after another, none left out. */
export interface Delivery {
  /** The account below, and the name of its ledger. Another ledger of the account counts its rows anew. */
  readonly from: string;
  readonly ledger: string;
  /** The rows after this one, through that one. */
  readonly after: Place;
  readonly through: Place;
  /** The number of the newest posting among the events of its ledger. */
  readonly n: number;
  readonly opening?: Opening;
  /** No call with a lower number will be asked for any more. Missing if the account asks for nothing. */
  readonly floor?: number;
  readonly postings: readonly OwedPosting[];
}

export type TakeReply =
  | { readonly kind: 'taken' }
  /** Nothing was taken: the rows until here were taken before, and no others. */
  | { readonly kind: 'elsewhere'; readonly at: Place }
  | LostReply;
