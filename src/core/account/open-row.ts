import type { HoldId } from '../ledger/command.ts';
import type { Hold } from '../ledger/state.ts';
import { type EpochMs, epochMs } from '../ledger/epoch-ms.ts';
import { flushBytesMax, writtenLeaseMs } from '../../limits.ts';
import type { Claims } from './claims.ts';
import type { TenantEvent } from './event.ts';
import type { Row } from './row.ts';
import { type TenantState, applyEvent } from './fold.ts';
import type { Kept } from './kept.ts';
import type { Leases } from './leases.ts';
import { flushReadBytesMax } from './response-limits.ts';
import type { Responses } from './responses.ts';

/** An event that was decided could not be folded in: what is in memory can't be trusted any more. */
export class FoldError extends Error {
  override readonly name = 'FoldError';
}

/**
 * The row of the flush under way. Its events are applied as they are recorded, and are on disk only when it is
 * appended.
 */
export class OpenRow implements Row {
  /** When the row was begun. What follows a reset in it may be of an earlier time. */
  readonly begunAt: EpochMs;
  readonly nowMs: number;
  readonly #kept: Kept;
  readonly texts: string[] = [];
  #at: EpochMs;
  #characters = 0;
  #bytesRead = 0;
  readonly #state: TenantState;
  readonly #leases: Leases;

  constructor(state: TenantState, leases: Leases, kept: Kept, at: EpochMs, nowMs: number) {
    this.begunAt = at;
    this.#at = at;
    this.nowMs = nowMs;
    this.#kept = kept;
    this.#state = state;
    this.#leases = leases;
  }

  get at(): EpochMs {
    return this.#at;
  }

  /** Whether what comes next is left to the next flush. What is in a row is nearly all ASCII. */
  get isFull(): boolean {
    return this.#characters + this.#kept.bytesChanged >= flushBytesMax || this.#bytesRead >= flushReadBytesMax;
  }

  get claims(): Claims {
    return this.#kept.claims;
  }

  get responses(): Responses {
    return this.#kept.responses;
  }

  get eventCount(): number {
    return this.texts.length;
  }

  noteRead(bytes: number): void {
    this.#bytesRead += bytes;
  }

  nextId(): HoldId {
    return `${this.#state.seq + 1}.${this.texts.length}`;
  }

  record(event: TenantEvent): void {
    const text = JSON.stringify(event);
    try {
      applyEvent(this.#state, event, this.#at);
    } catch (cause) {
      throw new FoldError(`event ${event.type} could not be applied`, { cause });
    }
    if (event.type === 'reset') this.#at = event.setBackTo ?? this.#at;
    this.texts.push(text);
    this.#characters += text.length;
    if (event.type === 'admitted') this.#leases.grant(event.id, this.nowMs);
    else if (event.type === 'settled' || event.type === 'voided' || event.type === 'expired')
      this.#leases.end(event.id);
  }

  renew(hold: Hold): boolean {
    const renewal = this.#leases.renew(hold, this.nowMs);
    if (renewal !== 'to-be-written') return renewal === 'renewed';
    this.record({ type: 'leased', id: hold.id, endsBy: epochMs(this.nowMs + writtenLeaseMs) });
    return this.#leases.renew(hold, this.nowMs) === 'renewed';
  }
}
