import { checkpointEveryEvents, checkpointEveryRows } from '../../limits.ts';
import { oldestGeneration, takeFresh } from '../ledger/names.ts';
import type { TenantState } from './fold.ts';
import { encodeCheckpoint, encodeRow, formatOf } from './format.ts';
import type { Row } from './row.ts';
import type { Checkpoint, JournalStore, KeptChanges } from './store.ts';

/** Writes what an account has decided: a row for each flush, and now and then a checkpoint of all that it knows. */
export class Journal {
  readonly #store: JournalStore;
  readonly #state: TenantState;
  #rowsSinceCheckpoint: number;
  #eventsSinceCheckpoint: number;

  /** `since`: what has come since the checkpoint that was loaded. */
  constructor(store: JournalStore, state: TenantState, since: { readonly rows: number; readonly events: number }) {
    this.#store = store;
    this.#state = state;
    this.#rowsSinceCheckpoint = since.rows;
    this.#eventsSinceCheckpoint = since.events;
  }

  /** The last row that a checkpoint has in it. */
  get checkpointSeq(): number {
    return this.#state.seq - this.#rowsSinceCheckpoint;
  }

  /** Appends a row with at least one event. */
  append({ texts, subjects, begunAt }: Row, kept: KeptChanges | undefined): void {
    const seq = this.#state.seq + 1;
    this.#state.seq = seq;
    this.#rowsSinceCheckpoint += 1;
    this.#eventsSinceCheckpoint += texts.length;
    const events = encodeRow(texts, formatOf(this.#state));
    const written = { seq, at: begunAt, events, ...(subjects === undefined ? {} : { subjects }) };
    const due =
      this.#rowsSinceCheckpoint >= checkpointEveryRows || this.#eventsSinceCheckpoint >= checkpointEveryEvents;
    if (due) this.#store.append(written, kept, this.#takeCheckpoint());
    else this.#store.append(written, kept);
  }

  /** Writes what was forgotten without an event. */
  forget(kept: KeptChanges | undefined): void {
    if (kept === undefined) return;
    this.#checkNotOutrun();
    this.#store.forget(kept);
  }

  /**
   * Writes an opening balance, if at least so many rows have come since the last. Throws if another instance has outrun
   * this one: then the balance is old, and the rows that follow it may be pruned already.
   */
  checkpoint(rowsLeast: number): void {
    this.#checkNotOutrun();
    if (this.#rowsSinceCheckpoint < rowsLeast) return;
    this.#store.checkpoint(this.#takeCheckpoint());
  }

  #checkNotOutrun(): void {
    if (this.#store.lastSeq() !== this.#state.seq) throw new Error('another instance has written to this journal');
  }

  #takeCheckpoint(): Checkpoint {
    this.#rowsSinceCheckpoint = 0;
    this.#eventsSinceCheckpoint = 0;
    const { ledger, seq } = this.#state;
    return {
      seq,
      body: encodeCheckpoint(this.#state),
      ...takeFresh(ledger.ended),
      oldestGeneration: oldestGeneration(ledger.ended, ledger.at),
    };
  }
}
