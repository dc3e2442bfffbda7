import type { Account, LedgerNote, LostLedger } from '../../core/account/protocol.ts';

/** What an account asks the directory, and tells it. */
export interface DirectoryOfAccounts {
  /**
   * What the account of a new ledger is. Undefined if there is no such account. From now on the account is told of
   * every change. If the account began with another ledger, the answer says so. One that began long ago asks without a
   * name.
   */
  describe(accountId: string, incarnation?: string): Promise<Account | LostLedger | undefined>;
  /** What an admin should know. To repeat it changes nothing. */
  note(accountId: string, note: LedgerNote): Promise<void>;
}
