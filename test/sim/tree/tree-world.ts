import { executeConfigure, executeExtend, executeReset, executeSettle } from '../../../src/core/account/execute.ts';
import { executeVoid } from '../../../src/core/account/idempotency.ts';
import type { Engine } from '../../../src/core/account/engine.ts';
import type { Account } from '../../../src/core/account/protocol.ts';
import type { Owner } from '../../../src/core/account/uplink/chain.ts';
import { executeTake } from '../../../src/core/account/uplink/below.ts';
import type { Delivery, TakeReply } from '../../../src/core/account/uplink/delivery.ts';
import type { Limit } from '../../../src/core/ledger/limit.ts';
import { secretHash, settleRequest } from '../../support/account.ts';
import type { Fate } from '../../support/memory-disk.ts';
import { broken } from '../broken-promise.ts';
import { policyLimit } from '../written-account.ts';
import { NaiveChild, isNothing } from './naive-child.ts';
import { NaiveParent } from './naive-parent.ts';
import { TreeAccount } from './tree-account.ts';
import { boundOf, ledgerId, organizationOf, parentId } from './tree-names.ts';
import { type CallShape, type OwnerShape, type TreeStep, keysCount, ownersCount } from './tree-step.ts';

interface TreeCall {
  readonly key: TreeAccount;
  /** The ledger that admitted it. */
  readonly ledger: string;
  readonly name: string;
  readonly holdId: string;
  shape: CallShape;
  attempt: number;
}

interface Message {
  readonly key: TreeAccount;
  /** The instance that sent it. Another does not hear the answer. */
  readonly sender: Engine;
  readonly to: string;
  readonly delivery: Delivery;
}

/** Some keys and the accounts above them, each with a disk and a clock of its own. Time passes as the steps say. */
export class TreeWorld {
  /** How many deliveries were taken, and how many told that they were for elsewhere. */
  readonly tally = { taken: 0, elsewhere: 0, corrected: 0 };
  #clockMs = Date.UTC(2027, 10, 28, 11);
  readonly #accounts: readonly TreeAccount[];
  readonly #children = new Map<string, { readonly naive: NaiveChild; read: number }>();
  readonly #parents = new Map<string, { readonly naive: NaiveParent; read: number }>();
  readonly #versions = new Map<string, number>();
  readonly #owners = new Map<TreeAccount, OwnerShape>();
  readonly #late: Message[] = [];
  #calls: TreeCall[] = [];
  #names = 0;

  constructor() {
    const ids = [
      ...Array.from({ length: keysCount }, (_, key) => `k_${key}`),
      ...Array.from({ length: ownersCount }, (_, user) => ledgerId('u', user)),
      ...Array.from({ length: ownersCount }, (_, organization) => ledgerId('o', organization)),
      parentId,
    ];
    this.#accounts = ids.map((id) => new TreeAccount(id, () => this.#clockMs));
    for (const id of ids.slice(keysCount)) {
      const naive = new NaiveParent(id, (key, ledger) => this.#childOf(key, ledger));
      this.#parents.set(id, { naive, read: 0 });
    }
  }

  async take(step: TreeStep): Promise<void> {
    switch (step.do) {
      case 'wait':
        this.#clockMs += step.ms;
        return;
      case 'jump':
        this.#accountAt(step.account).skewMs += step.ms;
        return;
      case 'admit':
        return this.#admit(this.#accountAt(step.key), step.shape, step.fate);
      case 'settle':
      case 'extend':
      case 'void':
        return this.#goOn(step);
      case 'flush':
        return this.#flush(this.#accountAt(step.account));
      case 'evict':
        return this.#accountAt(step.account).evict();
      case 'house': {
        const account = this.#accountAt(step.account);
        account.keepHouse();
        return this.#look(account);
      }
      case 'deliver':
        return this.#deliver(this.#accountAt(step.key), step);
      case 'arrive': {
        const message = this.#late[step.message % Math.max(1, this.#late.length)];
        if (message === undefined) return;
        if (!step.twice) this.#late.splice(this.#late.indexOf(message), 1);
        return this.#arrive(message, step.fate, true);
      }
      case 'owner':
        this.#owners.set(this.#accountAt(step.key), step.owner);
        return this.#configure(this.#accountAt(step.key), []);
      case 'limits':
        return this.#configure(this.#accountAt(step.account), step.limits);
      case 'reset': {
        const account = this.#accountAt(step.account);
        account.skewMs -= step.backMs;
        await account.run((engine) => engine.submit((row) => executeReset(engine.state, row)), 'kept');
        return this.#look(account);
      }
      case 'lose': {
        const key = this.#accountAt(step.key);
        // What was on it may still be on its way.
        this.#childOf(key.id, key.disk.ledger);
        key.lose(`${key.id}-ledger-${(this.#names += 1)}`);
        return this.#configure(key, []);
      }
    }
  }

  /** All calls end, all that is owed is delivered, and then every account above has counted all of it. */
  async drain(): Promise<void> {
    for (let minutes = 0; minutes < 12; minutes += 1) {
      this.#clockMs += 60_000;
      for (const account of this.#accounts) await this.#flush(account);
    }
    const keys = this.#accounts.slice(0, keysCount);
    for (const key of keys) {
      key.evict();
      for (let sent = 0; key.engine.debts.creditors().length > 0; sent += 1) {
        if (sent > deliveriesMax) broken('conservation', `${key.id} owes for ever`);
        await this.#deliver(key, { to: sent, fate: 'kept', way: 'now' });
      }
      const { debts } = this.#childOf(key.id, key.disk.ledger);
      for (const debt of debts) {
        if (isNothing(debt)) continue;
        const { to, seq } = debt;
        const missing = to.find((id) => (this.#parents.get(id)?.naive.markOf(key.id, key.disk.ledger) ?? 0) < seq);
        if (missing !== undefined) broken('conservation', `${missing} never heard of row ${seq} of ${key.id}`);
      }
    }
  }

  async #admit(key: TreeAccount, shape: CallShape, fate: Fate): Promise<void> {
    const name = `call-${(this.#names += 1)}`;
    const { endpoint } = shape;
    const call = { name, endpoint, stream: false, bounded: true, bound: boundOf(shape) };
    const policyVersion = this.#versions.get(key.id) ?? 0;
    const request = { secretHash, policyVersion, planVersion: 0, call };
    const reply = await key.run((engine) => engine.admit(request), fate);
    this.#look(key);
    if (reply === undefined) return;
    if (reply.kind !== 'granted') return broken('no false refusal', `an admit was answered with ${reply.kind}`);
    const { holdId } = reply;
    this.#calls.push({ key, ledger: key.disk.ledger, name, holdId, shape, attempt: 1 });
    if (this.#calls.length > callsKnownMax) this.#calls = this.#calls.slice(-callsKnownMax);
  }

  async #goOn(step: Extract<TreeStep, { do: 'settle' | 'extend' | 'void' }>): Promise<void> {
    const call = this.#calls[step.call % Math.max(1, this.#calls.length)];
    if (call === undefined || call.ledger !== call.key.disk.ledger) return;
    const { key, holdId, name, shape } = call;
    await key.run(async (engine): Promise<void> => {
      switch (step.do) {
        case 'settle': {
          const tokens = Math.floor(shape.tokens * step.used);
          const nanoUsd = Math.floor(shape.nanoUsd * step.used);
          const { facts } = settleRequest(holdId, tokens, { model: shape.model });
          const request = { holdId, attempt: call.attempt, tokens, nanoUsd, facts };
          const { kind, ...more } = await engine.submit((row) => executeSettle(engine.state, request, row));
          if (kind === 'settled' && 'corrected' in more && more.corrected) this.tally.corrected += 1;
          return;
        }
        case 'extend': {
          const spentTokens = Math.floor(shape.tokens * step.spent);
          const spentNanoUsd = Math.floor(shape.nanoUsd * step.spent);
          const attempt = call.attempt + 1;
          const request = { holdId, attempt, spentTokens, spentNanoUsd, bound: boundOf(step.shape) };
          const { kind } = await engine.submit((row) => executeExtend(engine.state, request, row));
          if (kind === 'granted') Object.assign(call, { attempt, shape: step.shape });
          return;
        }
        case 'void':
          await engine.submit((row) => executeVoid(engine.state, name, row));
      }
    }, step.fate);
    this.#look(key);
  }

  async #configure(account: TreeAccount, limits: readonly Limit[]): Promise<void> {
    const version = (this.#versions.get(account.id) ?? 0) + 1;
    this.#versions.set(account.id, version);
    const described: Account = {
      id: account.id,
      version,
      secretHashes: [{ hash: secretHash }],
      ...this.#ownerOf(account),
      test: false,
      policy: { limits: limits.map(policyLimit) },
    };
    await account.run((engine) => engine.submit((row) => executeConfigure(engine.state, described, row)), 'kept');
    this.#look(account);
  }

  #ownerOf(account: TreeAccount): Owner {
    const owner = this.#owners.get(account);
    if (owner === undefined) return { scope: account.id.startsWith('u') ? 'user' : 'organization', userId: account.id };
    const { user, organization, parent, named } = owner;
    return {
      userId: named ? `user-${user}` : ledgerId('u', user),
      ...(organization === undefined ? {} : organizationOf(organization, named)),
      ...(organization === undefined || !parent || named ? {} : { parentId }),
    };
  }

  async #flush(account: TreeAccount): Promise<void> {
    await account.run((engine) => engine.submit(() => undefined), 'kept');
    this.#look(account);
  }

  async #deliver(
    key: TreeAccount,
    { to: place, fate, way }: Pick<Extract<TreeStep, { do: 'deliver' }>, 'to' | 'fate' | 'way'>,
  ): Promise<void> {
    const sender = key.engine;
    const creditors = sender.debts.creditors();
    const to = creditors[place % Math.max(1, creditors.length)];
    if (to === undefined) return;
    const delivery = sender.debts.next(to, { from: key.id, ledger: key.disk.ledger });
    const message = { key, sender, to, delivery: structuredClone(delivery) };
    if (way === 'late') this.#late.push(message);
    else await this.#arrive(message, fate, way === 'now');
  }

  async #arrive({ key, sender, to, delivery }: Message, fate: Fate, isHeard: boolean): Promise<void> {
    const parent = this.#accounts.find(({ id }) => id === to);
    if (parent === undefined) return broken('conservation', `${key.id} owes something to ${to}, which is nobody`);
    const reply = await parent.run(
      (engine) => engine.submit((row): TakeReply => executeTake(engine.state, delivery, row)),
      fate,
    );
    this.#look(parent);
    if (reply === undefined || reply.kind === 'denied') return;
    this.tally[reply.kind] += 1;
    if (!isHeard || !key.isAwake(sender)) return;
    if (sender.debts.answered(to, delivery, reply) !== 'noted') broken('durable', `${key.id} takes itself for a copy`);
  }

  /** Reads what has come to the disk of an account, and compares what its actor knows with what it must. */
  #look(account: TreeAccount): void {
    const parent = this.#parents.get(account.id);
    if (parent === undefined) return;
    const { log } = account.disk;
    for (; parent.read < log.length; parent.read += 1) {
      const row = log[parent.read];
      if (row !== undefined) parent.naive.read(row);
    }
    parent.naive.check(account.engine.state, account.nowMs);
  }

  #childOf(id: string, ledger: string): NaiveChild {
    const key = this.#accounts.find((account) => account.id === id);
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

  #accountAt(place: number): TreeAccount {
    const account = this.#accounts[place];
    if (account === undefined) throw new Error(`there is no account ${place}`);
    return account;
  }
}

const callsKnownMax = 12;
const deliveriesMax = 1000;
