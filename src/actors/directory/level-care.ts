import type { Policy } from '../../core/account/policy.ts';
import { AccountDelivery, type Delivery } from './account-delivery.ts';
import type { LevelTable } from './level-table.ts';

/** What the directory gives it. */
interface CareNeeds {
  readonly table: LevelTable;
  readonly accounts: AccountDelivery;
  readonly isUsed: (id: string) => boolean;
  /** Tells the account its newest version. */
  readonly deliver: (id: string) => Promise<Delivery>;
}

/** Tells the accounts of users and organisations what they are. */
export class LevelCare {
  readonly #needs: CareNeeds;

  constructor(needs: CareNeeds) {
    this.#needs = needs;
  }

  /** Runs changes of one account after one another, each when it has heard of the one before. */
  async inTurn<T>(id: string, change: () => Promise<T>): Promise<T> {
    return this.#needs.accounts.inTurn(id, async () => {
      await this.#needs.deliver(id);
      return change();
    });
  }

  /** In the transaction of a change: the account is to be told, if it is in use and anything is new to it. */
  push(id: string, before: Policy, after: Policy, nowMs: number): void {
    const own = ({ limits, status }: Policy): string => JSON.stringify([limits, status]);
    if (own(before) === own(after) || !this.#needs.isUsed(id)) return;
    this.#needs.table.push(id, before, AccountDelivery.pushAtMs(nowMs));
  }

  /** How many of these accounts have not heard of the newest change yet. */
  pendingOf(ids: readonly string[]): number {
    const pending = new Set(this.#needs.table.pending());
    return ids.filter((id) => pending.has(id)).length;
  }

  /** Of a change that was just written. The account comes before those below it: what they ask must be known there. */
  async tell(id: string): Promise<Delivery> {
    return this.#needs.deliver(id);
  }
}
