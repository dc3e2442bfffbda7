import { clockBehindToldMs } from '../../limits.ts';
import { log } from '../../log.ts';
import type { TenantState } from '../../core/account/fold.ts';
import type { HoldId } from '../../core/ledger/command.ts';
import type { DirectoryOfAccounts } from './directory-of-accounts.ts';
import type { LedgerNote } from '../../core/account/protocol.ts';

/**
 * What an admin should come to know of an account: in the log at once, and told to the directory, which shows it. Off
 * every call's path. What is told is absolute, so that it may be told again: it is, until the directory has answered,
 * and once more by an actor that wakes, which can't know whether it was.
 */
export class LedgerReports {
  readonly #accountId: () => string;
  readonly #directory: () => DirectoryOfAccounts;
  #breachesTold = 0;
  #wentBackAtMs: number | undefined;
  #isBackTold = false;
  #isTelling = false;
  #isBehindTold = false;

  constructor(accountId: () => string, directory: () => DirectoryOfAccounts) {
    this.#accountId = accountId;
    this.#directory = directory;
  }

  breached(state: TenantState, holdId: HoldId): void {
    const breach = state.breaches.newest.find((each) => each.holdId === holdId);
    log('warn', 'breach', { account: this.#accountId(), ...(breach ?? { holdId }) });
    this.tell(state);
  }

  /** A router has a hold that this ledger has not come to yet: it is a copy from before. Said once. */
  wentBack(state: TenantState, holdId: HoldId, nowMs: number): void {
    if (this.#wentBackAtMs !== undefined) return;
    this.#wentBackAtMs = nowMs;
    log('error', 'account-went-back', { account: this.#accountId(), holdId, lastSeq: state.seq });
    this.tell(state);
  }

  /** Windows stand still while the clock is behind the time of an account. Said once. */
  checkClock({ ledger }: TenantState, nowMs: number): void {
    const behindMs = ledger.at - nowMs;
    if (behindMs <= clockBehindToldMs || this.#isBehindTold) return;
    this.#isBehindTold = true;
    log('warn', 'clock-behind', { account: this.#accountId(), behindMs });
  }

  /** Tells the directory what it may not know. What fails is left to the next time that there is cause to tell. */
  tell(state: TenantState): void {
    if (!this.#isTelling) void this.#tell(state);
  }

  async #tell(state: TenantState): Promise<void> {
    this.#isTelling = true;
    try {
      for (let note = this.#untold(state); note !== undefined; note = this.#untold(state)) {
        await this.#directory().note(this.#accountId(), note);
        this.#breachesTold = note.breaches.calls;
        this.#isBackTold ||= note.wentBackAtMs !== undefined;
      }
    } catch {
      // The directory did not answer. It may have heard of it all the same: so it is told again.
    } finally {
      this.#isTelling = false;
    }
  }

  #untold({ breaches }: TenantState): LedgerNote | undefined {
    const wentBackAtMs = this.#isBackTold ? undefined : this.#wentBackAtMs;
    if (breaches.calls === this.#breachesTold && wentBackAtMs === undefined) return undefined;
    return { breaches, ...(wentBackAtMs === undefined ? {} : { wentBackAtMs }) };
  }
}
