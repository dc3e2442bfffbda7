import type { EpochMs } from '../ledger/epoch-ms.ts';
import type { KeptResponse, KeptTurn } from './kept-response.ts';

/** A kept response without its texts. */
export interface ResponsePlace {
  readonly id: string;
  /** The response that it builds on. */
  readonly baseId?: string;
  /** When it was kept, by the time of the account. */
  readonly at: EpochMs;
  /** The size of all its texts. */
  readonly bytes: number;
  /** The size of what is read for a call that builds on it. */
  readonly turnBytes: number;
}

/** What one flush changes of the kept responses, in order. */
export type ResponseChange =
  | { readonly kind: 'kept'; readonly place: ResponsePlace; readonly response: KeptResponse }
  | { readonly kind: 'forgotten'; readonly id: string }
  | { readonly kind: 'all-forgotten' };

/** The ids of a response's items. */
export interface ItemsOfResponse {
  readonly id: string;
  readonly itemIds: readonly string[];
}

/** Where responses are kept. It only reads: changes are written with the journal row that they belong to. */
export interface ResponseStore {
  isEmpty(): boolean;
  /** How many there are, and the size of all. Looks at each, and reads no texts. */
  tally(): { readonly responses: number; readonly bytes: number };
  find(id: string): ResponsePlace | undefined;
  itemIdsOf(id: string): readonly string[] | undefined;
  /** The response of that id, then the one that it builds on, and so on, while they are there. */
  backFrom(id: string): Iterable<ResponsePlace>;
  /** The items of the same. */
  itemsBackFrom(id: string): Iterable<ItemsOfResponse>;
  /** By id, which is nearly by age, oldest first. */
  all(): Iterable<ResponsePlace>;
  /** Newest first. */
  items(): Iterable<ItemsOfResponse>;
  /** What a call needs that builds on them, in any order. */
  turns(ids: readonly string[]): Iterable<KeptTurn>;
  read(id: string): KeptResponse | undefined;
}
