import { executeConfigure } from '../../../src/core/account/configure.ts';
import { executeReset } from '../../../src/core/account/execute.ts';
import type { Level } from '../../../src/core/account/level.ts';
import type { Account } from '../../../src/core/account/protocol.ts';
import { type Owner, chainOf } from '../../../src/core/account/uplink/chain.ts';
import type { Limit } from '../../../src/core/ledger/limit.ts';
import { secretHash } from '../../support/account.ts';
import { broken } from '../broken-promise.ts';
import { policyLimit } from '../written-account.ts';
import type { TreeAccount } from './tree-account.ts';
import { ledgerId, organizationOf, parentId } from './tree-names.ts';
import { TreePost } from './tree-post.ts';
import { TreeRouter } from './tree-router.ts';
import type { OwnerShape, TreeStep } from './tree-step.ts';
import { TreeWitness } from './tree-witness.ts';

/** Some keys and the accounts above them, each with a disk and a clock of its own. Time passes as the steps say. */
export class TreeWorld {
  #clockMs = Date.UTC(2027, 10, 28, 11);
  readonly #witness = new TreeWitness(() => this.#clockMs);
  readonly #router = new TreeRouter(this.#witness);
  readonly #post = new TreePost(this.#witness, this.#router, () => this.#clockMs);
  readonly #versions = new Map<string, number>();
  readonly #owners = new Map<TreeAccount, OwnerShape>();
  readonly #limits = new Map<string, readonly Limit[]>();
  #ledgers = 0;
  #silent = 0;

  /** How often what happened that must happen now and then. */
  get tally(): Readonly<Record<string, number>> {
    return { ...this.#router.tally, ...this.#post.tally, silent: this.#silent };
  }

  async take(step: TreeStep): Promise<void> {
    const witness = this.#witness;
    switch (step.do) {
      case 'wait':
        this.#clockMs += step.ms;
        // By then, alarms have ended what nobody has renewed, before any account above gives it up.
        if (step.ms < hourMs) return;
        for (const key of witness.keys) for (const _ of [1, 2]) await this.#flush(key);
        return;
      case 'jump':
        witness.at(step.account).skewMs += step.ms;
        return;
      case 'admit': {
        const key = witness.at(step.key);
        return this.#router.admit(key, step.shape, this.#versions.get(key.id) ?? 0, step.fate);
      }
      case 'settle':
      case 'extend':
      case 'void':
      case 'renew':
      case 'repeat':
      case 'give-up':
        return this.#router.goOn(step);
      case 'ask':
        return this.#post.ask(this.#post.asker(step.key), step.to, step.way, step.fate);
      case 'carry':
        return this.#post.carryOne(step);
      case 'hear':
        return this.#post.hearOne(step);
      case 'deliver':
        return this.#post.deliver(witness.at(step.key), step);
      case 'arrive':
        return this.#post.arriveLate(step);
      case 'flush':
        return this.#flush(witness.at(step.account));
      case 'evict':
        return witness.at(step.account).evict();
      case 'house': {
        const account = witness.at(step.account);
        account.keepHouse();
        return witness.look(account);
      }
      case 'tell':
        return this.#configure(witness.at(step.key));
      case 'owner':
        this.#owners.set(witness.at(step.key), step.owner);
        return this.#configure(witness.at(step.key));
      case 'limits':
        this.#limits.set(witness.at(step.account).id, step.limits);
        return this.#configure(witness.at(step.account));
      case 'reset': {
        const account = witness.at(step.account);
        account.skewMs -= step.backMs;
        await account.run((engine) => engine.submit((row) => executeReset(engine.state, row)), 'kept');
        return witness.look(account);
      }
      case 'lose':
        return this.#lose(witness.at(step.key));
    }
  }

  /** All calls end, all that is owed is delivered, and then every account above has counted all of it. */
  async drain(): Promise<void> {
    await this.#post.giveUp();
    for (const key of this.#witness.keys) {
      key.evict();
      await this.#askAll(key);
    }
    for (let minutes = 0; minutes < 12; minutes += 1) {
      this.#clockMs += 60_000;
      for (const account of this.#witness.accounts) await this.#flush(account);
    }
    for (const key of this.#witness.keys) {
      key.evict();
      await this.#askAll(key);
      for (let sent = 0; key.engine.debts.creditors().length > 0; sent += 1) {
        if (sent > messagesMax) broken('conservation', `${key.id} owes for ever`);
        await this.#post.deliver(key, { to: sent, fate: 'kept', way: 'now' });
      }
      this.#witness.checkDelivered(key);
    }
    this.#silent = this.#witness.checkNothingHeld();
  }

  async #askAll(key: TreeAccount): Promise<void> {
    for (let asked = 0; key.engine.asks.targets().length > 0; asked += 1) {
      if (asked > messagesMax) broken('no leak', `${key.id} asks for ever`);
      await this.#post.ask(key, asked, 'now', 'kept');
    }
  }

  async #lose(key: TreeAccount): Promise<void> {
    // What was on it may still be on its way.
    this.#witness.childOf(key.id, key.disk.ledger);
    this.#witness.lost.add(`${key.id} ${key.disk.ledger}`);
    key.lose(`${key.id}-ledger-${(this.#ledgers += 1)}`);
    return this.#configure(key);
  }

  async #configure(account: TreeAccount): Promise<void> {
    const limits = this.#limits.get(account.id) ?? [];
    const version = (this.#versions.get(account.id) ?? 0) + 1;
    this.#versions.set(account.id, version);
    const owner = this.#ownerOf(account);
    const above = chainOf(owner).flatMap((id): readonly Level[] => {
      const ofLevel = this.#limits.get(id) ?? [];
      const scope = id.startsWith('u') ? 'user' : 'organization';
      return ofLevel.length === 0 ? [] : [{ id, scope, version: this.#versions.get(id) ?? 0, limits: ofLevel }];
    });
    const described: Account = {
      id: account.id,
      version,
      secretHashes: [{ hash: secretHash }],
      ...owner,
      ...(above.length === 0 ? {} : { above }),
      test: false,
      policy: { limits: limits.map(policyLimit) },
    };
    await account.run((engine) => engine.submit((row) => executeConfigure(engine.state, described, row)), 'kept');
    this.#witness.look(account);
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
    this.#witness.look(account);
  }
}

const hourMs = 3_600_000;
const messagesMax = 1000;
