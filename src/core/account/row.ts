import type { HoldId } from '../ledger/command.ts';
import type { Hold } from '../ledger/state.ts';
import type { EpochMs } from '../ledger/epoch-ms.ts';
import type { Claims } from './claims.ts';
import type { TenantEvent } from './event.ts';
import type { Responses } from './responses.ts';

/**
 * The row of the journal under way, as a command sees it: what it records goes into that. An error before the first
 * `record` changed nothing, and fails its command alone.
 */
export interface Row {
  /** The time of what is decided next. */
  readonly at: EpochMs;
  /** What the wall clock says, by which leases run. */
  readonly nowMs: number;
  /** The claims of the account, as the row under way leaves them. */
  readonly claims: Claims;
  /** Its kept responses, likewise. */
  readonly responses: Responses;
  /** Counts what was read from the disk to be answered: what one flush reads is bounded too. */
  noteRead(bytes: number): void;
  /** The place in the journal of the next event. */
  nextId(): HoldId;
  /** Puts an event into the row and applies it. */
  record(event: TenantEvent): void;
  /** Gives an open hold another lease, which is written if it has to be. Answers whether it had one to renew. */
  renew(hold: Hold): boolean;
}
