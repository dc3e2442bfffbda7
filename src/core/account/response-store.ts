import type { EpochMs } from '../ledger/epoch-ms.ts';
import type { KeptResponse, KeptTurn } from './kept-response.ts';

/** Where a kept response stands, without its texts. */
export interface ResponsePlace {
  readonly id: string;
  /** The response that it builds on. */
  readonly baseId?: string;
  /** When it was kept, by the time of the account. */
  readonly at: EpochMs;
  /** The size of all its texts. */
  readonly bytes: number;
  /** The size of what is read of it where another builds on it. */
  readonly turnBytes: number;
}

/** What becomes of kept responses in one flush, in order. */
export type ResponseChange =
  | { readonly kind: 'kept'; readonly place: ResponsePlace; readonly response: KeptResponse }
  | { readonly kind: 'forgotten'; readonly id: string }
  | { readonly kind: 'all-forgotten' };

/** The ids of a response's items. */
export interface ItemsOfResponse {
  readonly id: string;
  readonly itemIds: readonly string[];
}

/** Where responses are kept. What changes in them is written with the row of the journal that it belongs to. */
export interface ResponseStore {
  isEmpty(): boolean;
  /** How many there are, and their size together. Looks at each of them, and reads no texts. */
  tally(): { readonly responses: number; readonly bytes: number };
  find(id: string): ResponsePlace | undefined;
  itemIdsOf(id: string): readonly string[] | undefined;
  /** The one of that id, then the one that it builds on, and so on for as long as they are there. */
  backFrom(id: string): Iterable<ResponsePlace>;
  /** The items of the same. */
  itemsBackFrom(id: string): Iterable<ItemsOfResponse>;
  /** By their ids, and so nearly by their age, oldest first. */
  all(): Iterable<ResponsePlace>;
  /** Newest first. */
  items(): Iterable<ItemsOfResponse>;
  /** What is needed of them to build on them, in any order. */
  turns(ids: readonly string[]): Iterable<KeptTurn>;
  /** All of one. */
  read(id: string): KeptResponse | undefined;
}
