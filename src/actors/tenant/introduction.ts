import { lostAskMs } from '../../limits.ts';
import { log } from '../../log.ts';
import { adminAccount } from '../../core/account/admin-account.ts';
import type { Engine } from '../../core/account/engine.ts';
import { executeConfigure, unwritten } from '../../core/account/execute.ts';
import type { Row } from '../../core/account/row.ts';
import type { TenantState } from '../../core/account/fold.ts';
import type { DirectoryOfAccounts } from './directory-of-accounts.ts';
import type { LostReply } from '../../core/account/protocol.ts';

type Submit = <T>(command: (engine: Engine) => (row: Row) => T) => Promise<T>;

/**
 * How an account comes to know what it is: at its first use it asks the directory, once for all who wait.
 *
 * Its ledger has a name, which is on disk before the directory hears of it. So if the directory knows another name,
 * that ledger was there and is gone: this one serves nobody until an admin has said that it may. A crash at any moment
 * before the answer leaves the name behind, and it is asked again under the same one.
 *
 * What it is told is queued before anything else, and waits a little for the first call that it was asked for, to be
 * written with it. A crash until then costs no more than another question.
 */
export class Introduction {
  readonly #accountId: () => string;
  readonly #directory: () => DirectoryOfAccounts;
  readonly #incarnation: () => string;
  readonly #submit: Submit;
  #asking: Promise<LostReply | undefined> | undefined;
  #isLogged = false;
  #lost: { readonly reply: LostReply; readonly atMs: number } | undefined;
  #queued: TenantState | undefined;

  /** `incarnation` answers the name of the ledger. It is on disk before anything that was asked with it leaves. */
  constructor(
    accountId: () => string,
    directory: () => DirectoryOfAccounts,
    incarnation: () => string,
    submit: Submit,
  ) {
    this.#accountId = accountId;
    this.#directory = directory;
    this.#incarnation = incarnation;
    this.#submit = submit;
  }

  /** How the account stands by a description that waits to be written. Undefined where none does. */
  get queued(): TenantState | undefined {
    return this.#queued;
  }

  /**
   * Introduces an account that does not know what it is. Answers where its ledger is lost. Else whatever is submitted
   * from now on is decided when the account knows.
   */
  async make(nowMs: number): Promise<LostReply | undefined> {
    if (this.#queued !== undefined) return undefined;
    // A crowd that calls a lost account is not to become one that calls the directory.
    if (this.#lost !== undefined && Math.abs(nowMs - this.#lost.atMs) < lostAskMs) return this.#lost.reply;
    this.#asking ??= this.#ask(nowMs).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Asks again as if it had never been answered: an admin may have said that the ledger may serve. */
  async makeAgain(nowMs: number): Promise<LostReply | undefined> {
    await this.#asking?.catch(() => undefined);
    this.#lost = undefined;
    return this.make(nowMs);
  }

  async #ask(nowMs: number): Promise<LostReply | undefined> {
    const account = this.#accountId();
    const answer = await this.#directory().describe(account, this.#incarnation());
    // A directory of the release before knows of no account that has no key.
    const described = answer ?? (account === adminAccount.id ? adminAccount : undefined);
    if (described === undefined) return undefined;
    if ('kind' in described) {
      if (!this.#isLogged) log('error', 'account-lost', { account, begunAtMs: described.begunAtMs });
      this.#isLogged = true;
      const reply = { kind: 'denied', reason: 'lost', account } as const;
      this.#lost = { reply, atMs: nowMs };
      return reply;
    }
    this.#queued = unwritten(described, nowMs);
    const written = this.#submit(
      ({ state }) =>
        (row) =>
          executeConfigure(state, described, row),
    );
    const forget = (): void => {
      this.#queued = undefined;
    };
    // Where it can't be written, whatever was submitted after it is rejected too.
    void written.then(forget, forget);
    this.#lost = undefined;
    return undefined;
  }
}
