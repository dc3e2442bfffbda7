import { policyCacheEntriesMax } from '../../limits.ts';
import type { AccountView } from '../../core/account/protocol.ts';

/**
 * What this isolate last heard of accounts, to plan with. It decides nothing: every admit carries the version that it
 * was planned with, and the actor answers `stale` if that is not its own.
 */
export class PolicyCache {
  readonly #views = new Map<string, AccountView>();

  get(accountId: string): AccountView | undefined {
    return this.#views.get(accountId);
  }

  set(view: AccountView): void {
    this.#views.delete(view.id);
    this.#views.set(view.id, view);
    if (this.#views.size <= policyCacheEntriesMax) return;
    const oldest = this.#views.keys().next();
    if (oldest.done !== true) this.#views.delete(oldest.value);
  }
}

/** What this isolate last heard of accounts. It is the truth about none: it only saves asking. */
export const policies = new PolicyCache();
