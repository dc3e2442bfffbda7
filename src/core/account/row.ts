import type { HoldId } from '../ledger/command.ts';
import { type EpochMs, epochMs } from '../ledger/epoch-ms.ts';
import type { Hold } from '../ledger/state.ts';
import { flushBytesMax, writtenLeaseMs } from '../../limits.ts';
import { type TenantEvent, type TenantState, applyEvent } from './fold.ts';
import type { Kept } from './kept.ts';
import type { Leases } from './leases.ts';
import { flushReadBytesMax } from './response-limits.ts';
import { type Subject, encodeSubject } from './subject.ts';
import { owedBy } from './uplink/owed.ts';

const endings: ReadonlySet<TenantEvent['type']> = new Set(['settled', 'voided', 'expired', 'released']);

/** A decided event could not be folded in: what is in memory can't be trusted any more. */
export class FoldError extends Error {
  override readonly name = 'FoldError';
}

/**
 * The journal row of the current flush. Events are applied when they are recorded, and are on disk when the row is
 * appended. An error before the first `record` changed nothing, and fails its command alone.
 */
export class Row {
  /** When the row was begun. What follows a reset in it may be of an earlier time. */
  readonly begunAt: EpochMs;
  /** The wall clock, by which leases run. */
  readonly nowMs: number;
  readonly texts: string[] = [];
  readonly #subjects: string[] = [];
  readonly #kept: Kept;
  readonly #state: TenantState;
  readonly #leases: Leases;
  #at: EpochMs;
  #characters = 0;
  #bytesRead = 0;
  #hasAdoptions = false;

  constructor(state: TenantState, leases: Leases, kept: Kept, at: EpochMs, nowMs: number) {
    this.begunAt = at;
    this.#at = at;
    this.nowMs = nowMs;
    this.#kept = kept;
    this.#state = state;
    this.#leases = leases;
  }

  /** The time of the next decision. */
  get at(): EpochMs {
    return this.#at;
  }

  /** Whether the rest is left to the next flush. Nearly all of a row is ASCII. */
  get isFull(): boolean {
    return this.#characters + this.#kept.bytesChanged >= flushBytesMax || this.#bytesRead >= flushReadBytesMax;
  }

  /** Whether accounts above are to be told of open calls. */
  get hasAdoptions(): boolean {
    return this.#hasAdoptions;
  }

  get claims(): Kept['claims'] {
    return this.#kept.claims;
  }

  get responses(): Kept['responses'] {
    return this.#kept.responses;
  }

  /** Counts what was read from disk for an answer: a flush reads only so much. */
  noteRead(bytes: number): void {
    this.#bytesRead += bytes;
  }

  /** Who is to be remembered with the row, as text. Undefined if nobody is. */
  get subjects(): string | undefined {
    return this.#subjects.length === 0 ? undefined : `[${this.#subjects.join(',')}]`;
  }

  /** The place in the journal of the next event. */
  nextId(): HoldId {
    return `${this.#state.seq + 1}.${this.texts.length}`;
  }

  /** Puts an event into the row, with what it owes, and applies it. Whom it is about is kept beside it. */
  record(decided: TenantEvent, subject?: Subject): void {
    let event: TenantEvent;
    try {
      event = withDebts(this.#state, decided);
      applyEvent(this.#state, event, this.#at);
    } catch (cause) {
      throw new FoldError(`event ${decided.type} could not be applied`, { cause });
    }
    const text = JSON.stringify(event);
    if (event.type === 'reset') this.#at = event.setBackTo ?? this.#at;
    if (subject !== undefined) {
      const written = encodeSubject(this.texts.length, subject);
      this.#subjects.push(written);
      this.#characters += written.length;
    }
    this.texts.push(text);
    this.#characters += text.length;
    if (event.type === 'asked') this.#hasAdoptions = true;
    if (event.type === 'admitted') {
      // Those of accounts below have none: their own account keeps them.
      if (event.below === undefined) this.#leases.grant(event.id, this.nowMs);
    } else if (endings.has(event.type) && 'id' in event) this.#leases.end(event.id);
  }

  /** Notes that a hold was granted by all above. It is written with the next row that is written anyway. */
  confirm(hold: Hold): void {
    delete hold.asking;
    this.#state.unwritten.add(hold.id);
  }

  /** Puts what was noted since the last row into this one. */
  recordUnwritten(): void {
    const ids = [...this.#state.unwritten];
    this.#state.unwritten.clear();
    for (const id of ids) {
      const hold = this.#state.ledger.open.get(id);
      // It has ended, or an extension is asked for.
      if (hold === undefined || hold.asking === true) continue;
      const { tokens, nanoUsd, cap } = hold;
      this.record({ type: 'confirmed', id, tokens, nanoUsd, cap });
    }
  }

  /** Gives an open hold another lease, and writes it if it must be. Returns whether the hold had one to renew. */
  renew(hold: Hold): boolean {
    const renewal = this.#leases.renew(hold, this.nowMs);
    if (renewal !== 'to-be-written') return renewal === 'renewed';
    this.record({ type: 'leased', id: hold.id, endsBy: epochMs(this.nowMs + writtenLeaseMs) });
    return this.#leases.renew(hold, this.nowMs) === 'renewed';
  }
}

/** An event of a call with what it owes to the accounts above. */
function withDebts({ ledger, account }: TenantState, event: TenantEvent): TenantEvent {
  switch (event.type) {
    case 'extended':
    case 'settled':
    case 'voided':
    case 'expired':
    case 'corrected':
    case 'released': {
      const owed = owedBy(ledger, event, account);
      return owed === undefined ? event : { ...event, owed };
    }
    default:
      return event;
  }
}
