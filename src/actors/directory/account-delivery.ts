import type { Account, TenantProtocol } from '../../core/account/protocol.ts';
import { pushBatchMax, pushWaitMs } from '../../limits.ts';
import { log } from '../../log.ts';
import { answerIfAny } from '../../answer-within.ts';
import { type StoredKey, recordOf } from './api-key-table.ts';
import type { AuditTable } from './audit-table.ts';
import type { KeyOutcome } from './directory-protocol.ts';
import { inBatches } from './in-batches.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { pushDelayMs } from './push-delay.ts';
import type { Pushes } from './pushes.ts';

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
  readonly #pushes: Pushes;
  readonly #audit: AuditTable;
  readonly #tenants: Tenants;
  readonly #accountOf: (id: string) => Account | undefined;
  /** What is audited if an account refuses a change. */
  readonly #refusal: (id: string) => string;
  readonly #queue = new KeyedQueue();

  constructor(
    pushes: Pushes,
    audit: AuditTable,
    tenants: Tenants,
    accountOf: (id: string) => Account | undefined,
    refusal: (id: string) => string,
  ) {
    this.#pushes = pushes;
    this.#audit = audit;
    this.#tenants = tenants;
    this.#accountOf = accountOf;
    this.#refusal = refusal;
  }

  /** When the alarm tries by itself, if a push that starts now isn't acknowledged. */
  static pushAtMs(nowMs: number): number {
    return nowMs + pushWaitMs + pushDelayMs(0);
  }

  /**
   * Pushes the newest version of an account, if it is pending. If it has no counters left for new limits, it falls back
   * to what it was, as a new version, which is pushed too.
   */
  async deliver(id: string): Promise<Delivery> {
    const state = this.#pushes.stateOf(id);
    const account = state?.isPending === true ? this.#accountOf(id) : undefined;
    if (state === undefined || account === undefined) return 'acknowledged';
    const reply = await answerIfAny(pushWaitMs, this.#tenants.getByName(id).configure(account));
    switch (reply?.kind) {
      case undefined:
      case 'arming':
      // Its ledger is lost. If its files are put back, it must hear of this change.
      case 'denied':
        this.#pushes.pushFailed(id, Date.now() + pushDelayMs(state.tries));
        return 'unreachable';
      case 'older':
        if (this.#isBehind(id, reply)) return this.deliver(id);
        this.#pushes.acknowledged(id, account.version);
        return 'acknowledged';
      case 'configured':
        this.#pushes.acknowledged(id, account.version);
        return 'acknowledged';
      case 'too-many-counters':
        return this.#fallBack(id, account.version);
    }
  }

  /** Runs the tasks that change or push an account one after another. */
  async inTurn<T>(id: string, task: () => Promise<T>): Promise<T> {
    return this.#queue.run(id, task);
  }

  /** Delivers each in its turn. Different actors don't wait for each other. */
  async deliverAll(ids: readonly string[]): Promise<readonly Delivery[]> {
    return inBatches(ids, pushBatchMax, (id) => this.inTurn(id, () => this.deliver(id)));
  }

  async deliverDue(nowMs: number): Promise<void> {
    await this.deliverAll(this.#pushes.due(nowMs, pushBatchMax));
  }

  /**
   * An account may have a version that is unknown here, or a different one under the same number: then the directory
   * was put back to an older copy. The new version must be above the account's, or the account ignores it.
   */
  #isBehind(
    id: string,
    { version = 0, isSame = true }: { readonly version?: number; readonly isSame?: boolean },
  ): boolean {
    const known = this.#pushes.stateOf(id)?.version ?? Number.POSITIVE_INFINITY;
    if (version < known || (version === known && isSame)) return false;
    log('error', 'directory-went-back', { account: id, version: known, accountVersion: version });
    this.#pushes.raiseAbove(id, version);
    return true;
  }

  async #fallBack(id: string, refusedVersion: number): Promise<Delivery> {
    const state = this.#pushes.stateOf(id);
    const nowMs = Date.now();
    if (state?.version === refusedVersion) {
      const fallback = this.#pushes.fallBack(id, AccountDelivery.pushAtMs(nowMs));
      if (fallback === undefined) {
        this.#pushes.pushFailed(id, nowMs + pushDelayMs(state.tries));
        return 'too-many-counters';
      }
      const details = { reason: 'too-many-counters', ...fallback };
      this.#audit.insert({ who: 'directory', action: this.#refusal(id), subject: id, details }, nowMs);
    }
    await this.deliver(id);
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
