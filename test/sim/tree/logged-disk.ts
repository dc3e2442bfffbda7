import type { Checkpoint, JournalRow, KeptChanges } from '../../../src/core/account/store.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';

/** A disk that also remembers every row that was ever on it. */
export class LoggedDisk extends MemoryDisk {
  readonly log: JournalRow[] = [];
  /** The name of the ledger on it. */
  readonly ledger: string;

  constructor(ledger: string) {
    super();
    this.ledger = ledger;
  }

  override append(row: JournalRow, kept: KeptChanges | undefined, checkpoint?: Checkpoint): void {
    super.append(row, kept, checkpoint);
    this.log.push(row);
  }

  /** Forgets all rows that may be forgotten. */
  pruneAll(historySeq: number): void {
    this.prune(historySeq, Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY);
  }
}
