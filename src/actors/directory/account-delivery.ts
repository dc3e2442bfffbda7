import type { Account, TenantProtocol } from '../../core/account/protocol.ts';
import { pushBatchMax, pushWaitMs } from '../../limits.ts';
import { log } from '../../log.ts';
import { answerIfAny } from '../../answer-within.ts';
import { type ApiKeyTable, type StoredKey, recordOf } from './api-key-table.ts';
import type { AuditTable } from './audit-table.ts';
import type { KeyOutcome } from './directory-protocol.ts';
import { inBatches } from './in-batches.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { pushDelayMs } from './push-delay.ts';

export type Delivery = 'acknowledged' | 'unreachable' | 'too-many-counters';

export interface Tenants {
  getByName(accountId: string): Pick<TenantProtocol, 'configure' | 'reset'>;
}

/**
 * Tells actors about changes. A change is on disk, with the time of the next try, before its actor hears of it. So
 * whatever crashes in between, the alarm tries again until the actor has acknowledged that version or a newer one. An
 * actor ignores an older version than its own, so a late or repeated push does no harm.
 */
export class AccountDelivery {
  readonly #keys: ApiKeyTable;
  readonly #audit: AuditTable;
  readonly #tenants: Tenants;
  readonly #accountOf: (key: StoredKey) => Account;
  readonly #queue = new KeyedQueue();

  constructor(keys: ApiKeyTable, audit: AuditTable, tenants: Tenants, accountOf: (key: StoredKey) => Account) {
    this.#keys = keys;
    this.#audit = audit;
    this.#tenants = tenants;
    this.#accountOf = accountOf;
  }

  /** When the alarm tries by itself, if a push that starts now isn't acknowledged. */
  static pushAtMs(nowMs: number): number {
    return nowMs + pushWaitMs + pushDelayMs(0);
  }

  /**
   * Pushes the newest version of a key, if it is pending. If its account has no counters left for new limits, the key
   * falls back to what it was, as a new version, which is pushed too.
   */
  async deliver(keyId: string): Promise<Delivery> {
    const key = this.#keys.find(keyId);
    if (key === undefined || !key.pending) return 'acknowledged';
    const account = this.#accountOf(key);
    const reply = await answerIfAny(pushWaitMs, this.#tenants.getByName(keyId).configure(account));
    switch (reply?.kind) {
      case undefined:
      // Its ledger is lost. If its files are put back, it must hear of this change.
      case 'denied':
        this.#keys.pushFailed(keyId, Date.now() + pushDelayMs(key.pushTries));
        return 'unreachable';
      case 'older':
        if (this.#isBehind(keyId, reply)) return this.deliver(keyId);
        this.#keys.acknowledged(keyId, account.version);
        return 'acknowledged';
      case 'configured':
        this.#keys.acknowledged(keyId, account.version);
        return 'acknowledged';
      case 'too-many-counters':
        return this.#fallBack(keyId, account.version);
    }
  }

  /** Runs the tasks that change or push a key one after another. */
  async inTurn<T>(keyId: string, task: () => Promise<T>): Promise<T> {
    return this.#queue.run(keyId, task);
  }

  /** Delivers each in its turn. Different actors don't wait for each other. */
  async deliverAll(keyIds: readonly string[]): Promise<readonly Delivery[]> {
    return inBatches(keyIds, pushBatchMax, (keyId) => this.inTurn(keyId, () => this.deliver(keyId)));
  }

  async deliverDue(nowMs: number): Promise<void> {
    await this.deliverAll(this.#keys.duePushes(nowMs, pushBatchMax));
  }

  /**
   * An account may have a version that is unknown here, or a different one under the same number: then the directory
   * was put back to an older copy. The new version must be above the account's, or the account ignores it.
   */
  #isBehind(
    keyId: string,
    { version = 0, isSame = true }: { readonly version?: number; readonly isSame?: boolean },
  ): boolean {
    const known = this.#keys.find(keyId)?.version ?? Number.POSITIVE_INFINITY;
    if (version < known || (version === known && isSame)) return false;
    log('error', 'directory-went-back', { account: keyId, version: known, accountVersion: version });
    this.#keys.raiseAbove(keyId, version);
    return true;
  }

  async #fallBack(keyId: string, refusedVersion: number): Promise<Delivery> {
    const key = this.#keys.find(keyId);
    const nowMs = Date.now();
    if (key?.version === refusedVersion) {
      if (key.fallback === undefined) {
        this.#keys.pushFailed(keyId, nowMs + pushDelayMs(key.pushTries));
        return 'too-many-counters';
      }
      this.#keys.fallBack(keyId, key.fallback, AccountDelivery.pushAtMs(nowMs));
      const details = { reason: 'too-many-counters', ...key.fallback };
      this.#audit.insert({ who: 'directory', action: 'key.refused', subject: keyId, details }, nowMs);
    }
    await this.deliver(keyId);
    return 'too-many-counters';
  }
}

/** The outcome of a change of a key, with the key as it is now. */
export function outcomeOf(delivery: Delivery, key: StoredKey | undefined): KeyOutcome {
  if (key === undefined) return { kind: 'missing' };
  switch (delivery) {
    case 'acknowledged':
      return { kind: 'done', record: recordOf(key) };
    case 'unreachable':
      return { kind: 'stored' };
    case 'too-many-counters':
      return { kind: 'too-many-counters' };
  }
}
