import { lostAskMs } from '../../limits.ts';
import { log } from '../../log.ts';
import { adminAccount } from '../../core/account/admin-account.ts';
import type { Engine } from '../../core/account/engine.ts';
import { executeConfigure, stateBeforeWrite } from '../../core/account/configure.ts';
import type { Row } from '../../core/account/row.ts';
import type { TenantState } from '../../core/account/fold.ts';
import { isNamed } from '../../core/account/uplink/chain.ts';
import type { DirectoryOfAccounts } from './directory-of-accounts.ts';
import type { LostReply } from '../../core/account/protocol.ts';

type Submit = <T>(command: (state: TenantState, row: Row) => T) => Promise<T>;

/**
 * Asks the directory what an account is, at its first use, once for all who wait.
 *
 * The ledger has a name, which is on disk before the directory hears of it. If the directory knows another name, that
 * ledger was lost: this one serves nobody until an admin says that it may. After a crash the account asks again under
 * the same name.
 *
 * The answer is queued before anything else. It waits a little for the first call, to be written with it. A crash until
 * then costs only another question.
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

  /** `incarnation` returns the name of the ledger, which is on disk before any message with it leaves. */
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

  /** The state of an account whose description waits to be written, if nothing else waits. */
  allThatCame({ state, queued }: Pick<Engine, 'state' | 'queued'>): TenantState | undefined {
    return state.account === undefined && queued === 1 ? this.#queued : undefined;
  }

  /**
   * Introduces an account that does not know what it is. Returns a reply if its ledger is lost. Else the account knows
   * before anything is decided that is submitted from now on.
   */
  async of(engine: Engine): Promise<Engine | LostReply> {
    return engine.state.account === undefined ? ((await this.#make(Date.now())) ?? engine) : engine;
  }

  /** Asks anew what an account is that an old release has described. If that fails, it is asked when it wakes again. */
  async again({ account }: TenantState): Promise<void> {
    if (account === undefined || !isNamed(account)) return;
    // It does not begin: so it need not say by which name its ledger goes.
    const described = await this.#directory().describe(account.id);
    if (described === undefined || 'kind' in described) return;
    await this.#submit((state, row) => executeConfigure(state, described, row));
  }

  async #make(nowMs: number): Promise<LostReply | undefined> {
    if (this.#queued !== undefined) return undefined;
    // Many calls to a lost account must not become many calls to the directory.
    if (this.#lost !== undefined && Math.abs(nowMs - this.#lost.atMs) < lostAskMs) return this.#lost.reply;
    this.#asking ??= this.#ask(nowMs).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Asks again, also if the ledger was lost: an admin may have said that it may serve. */
  async makeAgain(): Promise<LostReply | undefined> {
    await this.#asking?.catch(() => undefined);
    this.#lost = undefined;
    return this.#make(Date.now());
  }

  async #ask(nowMs: number): Promise<LostReply | undefined> {
    const account = this.#accountId();
    const answer = await this.#directory().describe(account, this.#incarnation());
    // A directory of the release before knows no account without a key.
    const described = answer ?? (account === adminAccount.id ? adminAccount : undefined);
    if (described === undefined) return undefined;
    if ('kind' in described) {
      if (!this.#isLogged) log('error', 'account-lost', { account, begunAtMs: described.begunAtMs });
      this.#isLogged = true;
      const reply = { kind: 'denied', reason: 'lost', account } as const;
      this.#lost = { reply, atMs: nowMs };
      return reply;
    }
    this.#queued = stateBeforeWrite(described, nowMs);
    const written = this.#submit((state, row) => executeConfigure(state, described, row));
    const forget = (): void => {
      this.#queued = undefined;
    };
    // If it can't be written, whatever was submitted after it is rejected too.
    void written.then(forget, forget);
    this.#lost = undefined;
    return undefined;
  }
}

/** The engine of an account. Throws if its ledger is lost. */
export function notLost(engine: Engine | LostReply): Engine {
  if ('kind' in engine) throw new Error(`the ledger of ${engine.account} is lost`);
  return engine;
}
