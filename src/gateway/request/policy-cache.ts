import { policyCacheEntriesMax } from '../../limits.ts';
import type { AccountView } from '../../core/account/protocol.ts';
import type { Usage } from '../../core/account/usage.ts';
import type { AccountClient } from './account-client.ts';
import type { Caller } from './caller.ts';
import { firstLooks } from './first-looks.ts';

/**
 * What this isolate last heard about accounts, to plan with. It decides nothing: every admit carries the version that
 * it was planned with, and the actor answers `stale` if its own is another.
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

export const policies = new PolicyCache();

/** What an account says about itself, now, to whoever shows its secret: a revoked key learns nothing. */
export async function askUsage(caller: Caller, account: AccountClient): Promise<Usage> {
  const ask = async (): Promise<Usage> => usageOf(caller, account, {});
  return policies.get(account.accountId) === undefined ? firstLooks.inTurn(ask) : ask();
}

export interface AskedPolicy {
  readonly view: AccountView;
  /** Whether the account has just said so. If not, another request heard it while this one waited to ask. */
  readonly isFresh: boolean;
}

/** The policy of an account. `isWanted` is asked when the turn comes to look. */
export async function askPolicy(caller: Caller, account: AccountClient, isWanted: () => boolean): Promise<AskedPolicy> {
  const heard = (): AskedPolicy | undefined => {
    const view = policies.get(account.accountId);
    return view && { view, isFresh: false };
  };
  const ask = async (): Promise<AskedPolicy> => {
    if (!isWanted()) throw new Error('nobody waits for this account any more');
    return { view: (await usageOf(caller, account, { own: true })).account, isFresh: true };
  };
  return heard() === undefined ? firstLooks.inTurn(ask, heard) : ask();
}

async function usageOf({ secretHash }: Caller, account: AccountClient, of: { readonly own?: true }): Promise<Usage> {
  const { usage } = await account.ask((actor) => actor.usage({ secretHash, ...of }));
  policies.set(usage.account);
  return usage;
}
