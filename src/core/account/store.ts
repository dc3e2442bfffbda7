import type { ClaimChange, ClaimStore } from './claim.ts';
import type { ResponseChange, ResponseStore } from './response-store.ts';

/** What one flush decides. It becomes durable together. */
export interface JournalRow {
  readonly seq: number;
  readonly at: number;
  readonly events: string;
  /** Whom its settlements were about, if any say so: see `Subject`. Whoever only folds the row need not know. */
  readonly subjects?: string;
}

/** Names of calls that ended between two checkpoints, of one generation. */
export interface NamesRow {
  readonly generation: number;
  readonly names: readonly string[];
}

export interface Checkpoint {
  readonly seq: number;
  readonly body: string;
  /** What ended since the last checkpoint. Kept beside it, so that no checkpoint grows with the rate of calls. */
  readonly names: readonly NamesRow[];
  /** Whether those replace all names that are kept. */
  readonly replacesNames: boolean;
  /** Names of older generations may be forgotten. */
  readonly oldestGeneration: number;
}

export interface Loaded {
  readonly checkpoint: { readonly seq: number; readonly body: string } | undefined;
  readonly names: readonly NamesRow[];
  /** The rows after the checkpoint, in order. */
  readonly rows: Iterable<JournalRow>;
}

export interface KeptChanges {
  readonly claims: readonly ClaimChange[];
  readonly responses: readonly ResponseChange[];
}

/** What is kept beside the journal. It only reads: `append` and `forget` write. */
export interface KeptStores {
  /** For idempotency keys. */
  readonly claims: ClaimStore;
  /** For calls that build on earlier ones. */
  readonly responses: ResponseStore;
}

/**
 * Where an account's journal is kept. Each method is one transaction: all of it is durable before anything that depends
 * on it leaves the actor, or none of it is. To append a `seq` that is there is an error: another instance wrote it.
 */
export interface JournalStore extends KeptStores {
  load(): Loaded;
  /**
   * `kept` is written in the row's transaction: no crash parts a claim from its hold, or a response from its
   * settlement.
   */
  append(row: JournalRow, kept: KeptChanges | undefined, checkpoint?: Checkpoint): void;
  /** Writes what is forgotten without a row: because of its age, or because somebody said so. */
  forget(kept: KeptChanges): void;
  checkpoint(checkpoint: Checkpoint): void;
  /** Forgets up to `rowsMax` rows up to `seq` that are older than `beforeMs`, or beyond the newest `keepRows`. */
  prune(seq: number, beforeMs: number, keepRows: number, rowsMax: number): number;
  /** The newest row ever written, or 0. If an instance knows less, another has outrun it. */
  lastSeq(): number;
  oldestRowAt(): number | undefined;
  /** The rows after `seq`, in order, as far as they are kept. They come without subjects. */
  after(seq: number): Iterable<JournalRow>;
  /** The rows from `fromSeq` on, written from `fromMs` to `toMs`, whose text contains `text`, in order. */
  find(fromMs: number, toMs: number, text: string, fromSeq?: number): Iterable<JournalRow>;
}
