import type { Account, LedgerNote, LostLedger } from '../../core/account/protocol.ts';

/** What an account asks the directory, and tells it. */
export interface DirectoryOfAccounts {
  /**
   * At the first use of a ledger: what its account is; undefined where no such account is known. From now on the
   * account is told of every change. A ledger that is not the one that this account began with is told so.
   */
  describe(accountId: string, incarnation: string): Promise<Account | LostLedger | undefined>;
  /** What an admin should come to know. Said again, it changes nothing. */
  note(accountId: string, note: LedgerNote): Promise<void>;
}
