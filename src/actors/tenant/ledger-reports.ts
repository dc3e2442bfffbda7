import { clockBehindToldMs } from '../../limits.ts';
import { log } from '../../log.ts';
import type { JournalStore } from '../../core/account/store.ts';
import type { TenantState } from '../../core/account/fold.ts';
import type { HoldId } from '../../core/ledger/command.ts';
import type { DirectoryOfAccounts } from './directory-of-accounts.ts';
import type { LedgerNote } from '../../core/account/protocol.ts';

/**
 * What an admin should know of an account: it is logged at once, and told to the directory, which shows it. No call
 * waits for that. The directory may hear it again: until it has answered, and once more from an actor that wakes.
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

  /**
   * Whether holds come from a newer instance, because they are ahead of this ledger. If no other instance has written,
   * this ledger is an older copy, which is reported.
   */
  isOutrun(
    state: TenantState,
    store: Pick<JournalStore, 'lastSeq'>,
    holdIds: readonly HoldId[],
    nowMs: number,
  ): boolean {
    const ahead = holdIds.find((id) => Number.parseInt(id, 10) > state.seq);
    if (ahead === undefined) return false;
    if (store.lastSeq() !== state.seq) return true;
    this.#wentBack(state, ahead, nowMs);
    return false;
  }

  /** A router has a hold that is ahead of this ledger. Said once. */
  #wentBack(state: TenantState, holdId: HoldId, nowMs: number): void {
    if (this.#wentBackAtMs !== undefined) return;
    this.#wentBackAtMs = nowMs;
    log('error', 'account-went-back', { account: this.#accountId(), holdId, lastSeq: state.seq });
    this.tell(state);
  }

  /** While the clock is behind the time of an account, windows stand still. Said once. */
  checkClock({ ledger }: TenantState, nowMs: number): void {
    const behindMs = ledger.at - nowMs;
    if (behindMs <= clockBehindToldMs || this.#isBehindTold) return;
    this.#isBehindTold = true;
    log('warn', 'clock-behind', { account: this.#accountId(), behindMs });
  }

  /** Tells the directory what it may not know. If that fails, it is told again the next time. */
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
      // The directory did not answer, and may have heard it nevertheless. It is told again.
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
