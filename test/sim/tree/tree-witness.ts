import type { Grant } from '../../../src/core/account/protocol.ts';
import { broken } from '../broken-promise.ts';
import { NaiveChild, isNothing } from './naive-child.ts';
import { NaiveParent } from './naive-parent.ts';
import { TreeAccount } from './tree-account.ts';
import { ledgerId, parentId } from './tree-names.ts';
import { keysCount, ownersCount } from './tree-step.ts';

/** Some keys and the accounts above them, and who compares what they know with what they must. */
export class TreeWitness {
  readonly accounts: readonly TreeAccount[];
  /** Ledgers of keys that are gone. */
  readonly lost = new Set<string>();
  /** Holds that routers were told of. */
  readonly #told = new Set<string>();
  readonly #children = new Map<string, { readonly naive: NaiveChild; read: number }>();
  readonly #parents = new Map<string, { readonly naive: NaiveParent; read: number }>();

  constructor(now: () => number) {
    const ids = [
      ...Array.from({ length: keysCount }, (_, key) => `k_${key}`),
      ...Array.from({ length: ownersCount }, (_, user) => ledgerId('u', user)),
      ...Array.from({ length: ownersCount }, (_, organization) => ledgerId('o', organization)),
      parentId,
    ];
    this.accounts = ids.map((id) => new TreeAccount(id, now));
    for (const id of ids.slice(keysCount)) {
      const naive = new NaiveParent(id, (key, ledger) => this.childOf(key, ledger));
      this.#parents.set(id, { naive, read: 0 });
    }
  }

  get keys(): readonly TreeAccount[] {
    return this.accounts.slice(0, keysCount);
  }

  at(place: number): TreeAccount {
    const account = this.accounts[place];
    if (account === undefined) throw new Error(`there is no account ${place}`);
    return account;
  }

  called(id: string): TreeAccount {
    return this.accounts.find((account) => account.id === id) ?? broken('conservation', `${id} is nobody`);
  }

  /** Everything that a key owes was taken by all whom it is owed to. */
  checkDelivered(key: TreeAccount): void {
    for (const debt of this.childOf(key.id, key.disk.ledger).debts) {
      if (isNothing(debt)) continue;
      const { to, seq } = debt;
      const missing = to.find((id) => (this.#parents.get(id)?.naive.markOf(key.id, key.disk.ledger) ?? 0) < seq);
      if (missing !== undefined) broken('conservation', `${missing} never heard of row ${seq} of ${key.id}`);
    }
  }

  /** Nobody above holds anything any more. Answers how many holds were charged in silence. */
  checkNothingHeld(): number {
    let silent = 0;
    for (const [id, { naive }] of this.#parents) {
      const left = naive.openNames().find((name) => !this.lost.has(name.slice(0, name.lastIndexOf(' '))));
      if (left !== undefined) broken('no leak', `${id} still holds ${left}`);
      silent += naive.silent;
    }
    return silent;
  }

  /** Nobody is told of a hold before all that were asked for it have one that is as large. */
  checkGrant(key: TreeAccount, { holdId, tokens, nanoUsd }: Grant): void {
    this.#told.add(`${key.disk.ledger} ${holdId}`);
    const hold = key.engine.state.ledger.open.get(holdId) ?? broken('durable', `${key.id} has no hold ${holdId}`);
    for (const { to, n, adopting } of hold.asked ?? []) {
      if (adopting !== undefined) continue;
      const name = `${key.id} ${key.disk.ledger} ${n}`;
      const above = this.#parents.get(to)?.naive.holdOf(name);
      if (above === undefined || above.charged !== undefined) broken('no overrun', `${to} has no hold ${name}`);
      if (above.tokens < tokens || above.nanoUsd < nanoUsd) broken('no overrun', `${to} holds less of ${name}`);
    }
  }

  /** Reads what has come to the disk of an account, and compares what its actor knows with what it must. */
  look(account: TreeAccount): void {
    const parent = this.#parents.get(account.id);
    if (parent === undefined) return this.#checkCover(account);
    const { log } = account.disk;
    for (; parent.read < log.length; parent.read += 1) {
      const row = log[parent.read];
      if (row !== undefined) parent.naive.read(row, account.nowMs);
    }
    parent.naive.check(account.engine.state, account.nowMs);
    for (const key of this.keys) if (key.isAwakeNow) this.#checkCover(key);
  }

  /** Each call that runs is held by all above that know of it, and all that ask for calls know of it or are told now. */
  #checkCover(key: TreeAccount): void {
    const { state } = key.engine;
    const { account } = state;
    const limited = account?.above?.filter(({ limits }) => limits.length > 0).map(({ id }) => id) ?? [];
    for (const { id: holdId, asked = [], asking, chain, name: call } of state.ledger.open.values()) {
      const isTold = asking !== true || this.#told.has(`${key.disk.ledger} ${holdId}`);
      const missing = limited.find((id) => chain?.includes(id) === true && !asked.some(({ to }) => to === id));
      if (missing !== undefined) broken('no overrun', `${missing} was not told of ${call}`);
      for (const { to, n, adopting } of asked) {
        if (adopting !== undefined || !isTold) continue;
        const name = `${key.id} ${key.disk.ledger} ${n}`;
        if (this.#parents.get(to)?.naive.holdOf(name) === undefined) broken('no leak', `${to} has given ${name} up`);
      }
    }
  }

  childOf(id: string, ledger: string): NaiveChild {
    const key = this.accounts.find((account) => account.id === id);
    const name = `${id} ${ledger}`;
    const child = this.#children.get(name) ?? { naive: new NaiveChild(), read: 0 };
    this.#children.set(name, child);
    if (key?.disk.ledger !== ledger) return child.naive;
    const { log } = key.disk;
    for (; child.read < log.length; child.read += 1) {
      const row = log[child.read];
      if (row !== undefined) child.naive.read(row);
    }
    return child.naive;
  }
}
