import type { Account, ConfigureReply, LedgerNote, LostLedger } from '../../core/account/protocol.ts';
import { pushBatchMax, pushWaitMs } from '../../limits.ts';
import { AccountDelivery, type Tenants } from './account-delivery.ts';
import { answerIfAny } from '../../answer-within.ts';
import type { ApiKeyTable } from './api-key-table.ts';
import type { Change } from './audit-entry.ts';
import type { LedgerTrouble, RestartOutcome } from './directory-protocol.ts';
import type { Descriptions } from './descriptions.ts';
import { inBatches } from './in-batches.ts';
import type { LedgerTable } from './ledger-table.ts';
import { timeText } from './time-text.ts';

/** What the directory gives it. */
interface CareNeeds {
  readonly keys: ApiKeyTable;
  readonly ledgers: LedgerTable;
  readonly tenants: Tenants;
  readonly descriptions: Descriptions;
  readonly change: Change;
}

/**
 * Keeps a used account from beginning again from nothing by itself. The name of its ledger is kept here, and another
 * ledger in its place serves nobody before an admin allows it.
 */
export class LedgerCare {
  readonly #needs: CareNeeds;

  constructor(needs: CareNeeds) {
    this.#needs = needs;
  }

  /** Tells a beginning account what it is, if its ledger is the first or the known one. */
  introduce(accountId: string, incarnation: string | undefined, nowMs: number): Account | LostLedger | undefined {
    const { keys, ledgers, change } = this.#needs;
    const key = keys.find(accountId);
    const account = this.#needs.descriptions.of(accountId);
    if (account === undefined) return undefined;
    if (incarnation !== undefined) {
      const introduced = ledgers.introduce(accountId, incarnation, key?.activatedAtMs, nowMs);
      if (introduced.kind === 'lost') {
        const { begunAtMs, isNew } = introduced;
        const details = { begunAt: timeText(begunAtMs) };
        const entry = { who: 'directory', action: 'account.ledger-lost', subject: accountId, details };
        if (isNew) change(entry, nowMs, () => undefined);
        return { kind: 'lost', begunAtMs };
      }
    }
    keys.activate(accountId, nowMs);
    return account;
  }

  isUsed(accountId: string): boolean {
    return this.#needs.ledgers.isUsed(accountId);
  }

  /** A ledger that went back may have an older policy too: it is told the newest one again. */
  note(accountId: string, { breaches, wentBackAtMs }: LedgerNote, nowMs: number): void {
    const { keys, ledgers } = this.#needs;
    ledgers.note(accountId, breaches, wentBackAtMs, nowMs);
    if (wentBackAtMs !== undefined) keys.pushAgain(accountId, AccountDelivery.pushAtMs(nowMs));
  }

  /** Asks the lost accounts whether their files were put back: one that serves again does not say so by itself. */
  async trouble(): Promise<LedgerTrouble> {
    const { ledgers } = this.#needs;
    await inBatches(ledgers.allLost(), pushBatchMax, async ({ account }) => {
      const reply = await this.#ask(account);
      if (reply?.kind === 'configured' || reply?.kind === 'older') ledgers.isThere(account);
    });
    return { lost: ledgers.allLost(), wentBack: ledgers.wentBack(), breaches: ledgers.breaches() };
  }

  async restart(accountId: string, who: string): Promise<RestartOutcome> {
    const { descriptions, ledgers, change } = this.#needs;
    if (descriptions.of(accountId) === undefined) return { kind: 'missing' };
    const lost = ledgers.lost(accountId);
    if (lost === undefined) return { kind: 'not-lost' };
    const details = { begunAt: timeText(lost.begunAtMs), lostAt: timeText(lost.sinceMs) };
    const nowMs = Date.now();
    change({ who, action: 'account.ledger-restarted', subject: accountId, details }, nowMs, () => {
      ledgers.letBegin(accountId, nowMs);
    });
    // Without this it asks by itself soon after its next call.
    await this.#ask(accountId);
    return { kind: 'done' };
  }

  /** Makes an account introduce itself again, if it does not know what it is. */
  async #ask(accountId: string): Promise<ConfigureReply | undefined> {
    const { descriptions, tenants } = this.#needs;
    const account = descriptions.of(accountId);
    if (account === undefined) return undefined;
    return answerIfAny(pushWaitMs, tenants.getByName(accountId).configure(account));
  }
}
