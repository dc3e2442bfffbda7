import type {
  Checkpoint,
  JournalRow,
  JournalStore,
  KeptChanges,
  Loaded,
  NamesRow,
} from '../../src/core/account/store.ts';
import { MemoryClaims } from './memory-claims.ts';
import { MemoryResponses } from './memory-responses.ts';

/**
 * A flush works; or its write fails; or all that the turn wrote is durable, with the alarm, and the machine dies before
 * it answers anyone; or the machine dies after the first write.
 */
export type Fate = 'kept' | 'lost' | 'kept-unanswered' | 'torn';

/** A write that never reached the disk. */
export class CrashError extends Error {
  override readonly name = 'CrashError';
}

/** An account's disk: it outlives every instance of the actor. A write is there in full, or not at all. */
export class MemoryDisk implements JournalStore {
  /** The fate of the writes of the current flush. */
  fate: Fate = 'kept';
  readonly claims = new MemoryClaims();
  readonly responses = new MemoryResponses();
  alarmMs: number | undefined;
  readonly rows = new Map<number, JournalRow>();
  #lastSeq = 0;
  rowsPruned = 0;
  /** How many responses were forgotten without a row. */
  responsesForgotten = 0;
  /** Everything done to the disk that is forbidden. */
  damage: string | undefined;
  #checkpoint: { readonly seq: number; readonly body: string } | undefined;
  #names: NamesRow[] = [];

  load(): Loaded {
    const checkpoint = this.#checkpoint;
    const rows = [...this.rows.values()].filter(({ seq }) => seq > (checkpoint?.seq ?? 0));
    return { checkpoint, names: [...this.#names], rows };
  }

  append(row: JournalRow, kept: KeptChanges | undefined, checkpoint?: Checkpoint): void {
    this.#write(() => {
      if (this.rows.has(row.seq)) throw new CrashError(`row ${row.seq} is there already`);
      this.rows.set(row.seq, row);
      this.#lastSeq = row.seq;
      this.#applyKept(kept);
      if (checkpoint !== undefined) this.#replaceCheckpoint(checkpoint);
    });
  }

  checkpoint(checkpoint: Checkpoint): void {
    this.#write(() => this.#replaceCheckpoint(checkpoint));
  }

  forget(kept: KeptChanges): void {
    this.#write(() => {
      this.responsesForgotten += kept.responses.length;
      this.#applyKept(kept);
    });
  }

  prune(seq: number, beforeMs: number, keepRows: number, rowsMax: number): number {
    const prunable = [...this.rows.values()].filter(
      (row) => row.seq <= seq && (row.at < beforeMs || row.seq <= this.#lastSeq - keepRows),
    );
    for (const row of prunable.slice(0, rowsMax)) this.rows.delete(row.seq);
    this.rowsPruned += Math.min(prunable.length, rowsMax);
    return Math.min(prunable.length, rowsMax);
  }

  lastSeq(): number {
    return this.#lastSeq;
  }

  oldestRowAt(): number | undefined {
    for (const row of this.rows.values()) return row.at;
    return undefined;
  }

  *after(seq: number): Iterable<JournalRow> {
    for (const row of this.rows.values()) if (row.seq > seq) yield row;
  }

  *find(fromMs: number, toMs: number, text: string, fromSeq = 0): Iterable<JournalRow> {
    for (const row of this.rows.values()) {
      if (row.seq >= fromSeq && row.at >= fromMs && row.at <= toMs && row.events.includes(text)) yield row;
    }
  }

  get checkpointedSeq(): number {
    return this.#checkpoint?.seq ?? 0;
  }

  #applyKept(kept: KeptChanges | undefined): void {
    this.claims.apply(kept?.claims ?? []);
    this.responses.apply(kept?.responses ?? []);
  }

  #replaceCheckpoint({ seq, body, names, replacesNames, oldestGeneration }: Checkpoint): void {
    if (seq !== this.#lastSeq) this.damage = `a checkpoint of row ${seq} was written after row ${this.#lastSeq}`;
    this.#checkpoint = { seq, body };
    this.#names = [...(replacesNames ? [] : this.#names), ...names].filter(
      ({ generation }) => generation >= oldestGeneration,
    );
  }

  #write(transaction: () => void): void {
    const { fate } = this;
    if (fate === 'lost') this.fate = 'kept';
    if (fate === 'torn') this.fate = 'lost';
    if (fate === 'lost') throw new CrashError('the write failed');
    transaction();
  }
}
