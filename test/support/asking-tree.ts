import { executeConfigure } from '../../src/core/account/configure.ts';
import { Engine } from '../../src/core/account/engine.ts';
import type { Level } from '../../src/core/account/level.ts';
import type { Policy } from '../../src/core/account/policy.ts';
import { ledgerLimits } from '../../src/core/account/policy.ts';
import type { Account, AdmitReply } from '../../src/core/account/protocol.ts';
import type { AskReply, AskRequest } from '../../src/core/account/uplink/ask.ts';
import { executeTake } from '../../src/core/account/uplink/below.ts';
import { executeAsk } from '../../src/core/account/uplink/grant.ts';
import { askTo, deliveryTo } from '../../src/core/account/uplink/message.ts';
import { executeSettle } from '../../src/core/account/execute.ts';
import { account, admitRequest, settleRequest } from './account.ts';
import { noon } from './ledger.ts';
import { MemoryDisk } from './memory-disk.ts';

export const user = `u_${'1'.padStart(32, '0')}`;
export const organization = `o_${'2'.padStart(32, '0')}`;

type Limits = NonNullable<Policy['limits']>;

/** A key, its user and its organisation, each an engine at noon. Messages go as the test says. */
export class AskingTree {
  readonly disk = new MemoryDisk();
  key: Engine;
  readonly above: ReadonlyMap<string, Engine>;
  #version = 1;

  constructor(limits: { readonly user?: Limits; readonly organization?: Limits }, policy: Policy = {}) {
    const levels = [
      ['user', user, limits.user ?? []],
      ['organization', organization, limits.organization ?? []],
    ] as const;
    this.above = new Map(levels.map(([scope, id, own]) => [id, aboveOf(id, scope, own)]));
    this.key = Engine.load(this.disk, noon);
    this.tell(limits, policy);
  }

  /** Tells the key what it is, and which limits there are above. */
  tell(limits: { readonly user?: Limits; readonly organization?: Limits }, policy: Policy = {}): void {
    const described: Account = {
      ...account('k', policy, this.#version),
      userId: user,
      organizationId: organization,
      above: [...levelOf('user', user, limits.user), ...levelOf('organization', organization, limits.organization)],
    };
    this.#version += 1;
    void this.key.submit((row) => executeConfigure(this.key.state, described, row));
    this.key.flush(noon);
  }

  /** The actor of the key dies, and another begins. */
  restart(): void {
    this.key = Engine.load(this.disk, noon);
    this.key.flush(noon);
  }

  /** Asks an account above what there is to ask, and hears the answer. */
  async ask(to: string): Promise<void> {
    const request = this.message(to);
    if (request !== undefined) await this.hear(to, request, await this.carry(to, request));
  }

  /** Asks all until there is nothing more to ask. */
  async askAll(): Promise<void> {
    for (let targets = this.key.asks.targets(); targets.length > 0; targets = this.key.asks.targets()) {
      for (const to of targets) await this.ask(to);
    }
  }

  message(to: string): AskRequest | undefined {
    return askTo(to, this.key, { from: 'k', ledger: 'l' }, true);
  }

  async carry(to: string, request: AskRequest): Promise<AskReply> {
    const engine = this.at(to);
    const reply = engine.submit((row) => executeAsk(engine.state, request, row));
    engine.flush(noon);
    return reply;
  }

  async hear(to: string, request: AskRequest, reply: AskReply | undefined): Promise<void> {
    this.key.asks.heard(to, request, reply);
    const resolved = this.key.resolveAsks();
    this.key.flush(noon);
    await resolved;
    const { delivery } = request;
    if (reply?.take !== undefined && reply.take.kind !== 'denied' && delivery !== undefined)
      this.key.debts.answered(to, delivery, reply.take);
  }

  /** Delivers all that is owed. */
  async deliver(): Promise<void> {
    for (const to of this.key.debts.creditors()) {
      const delivery = deliveryTo(to, this.key, { from: 'k', ledger: 'l' });
      if (delivery === undefined) continue;
      const engine = this.at(to);
      const taken = engine.submit((row) => executeTake(engine.state, delivery, row));
      engine.flush(noon);
      const reply = await taken;
      if (reply.kind !== 'denied') this.key.debts.answered(to, delivery, reply);
    }
  }

  at(id: string): Engine {
    const engine = this.above.get(id);
    if (engine === undefined) throw new Error(`${id} is nobody`);
    return engine;
  }

  openAt(id: string): number {
    return this.at(id).state.ledger.open.size;
  }
}

function aboveOf(id: string, scope: 'user' | 'organization', limits: Limits): Engine {
  const engine = Engine.load(new MemoryDisk(), noon);
  const described: Account = { id, scope, version: 1, secretHashes: [], userId: id, test: false, policy: { limits } };
  void engine.submit((row) => executeConfigure(engine.state, described, row));
  engine.flush(noon);
  return engine;
}

function levelOf(scope: Level['scope'], id: string, limits: Limits = []): readonly Level[] {
  return limits.length === 0 ? [] : [{ id, scope, version: 1, limits: ledgerLimits(limits) }];
}

/** A call that a router has asked for, and what it has heard. */
export interface Asked {
  readonly reply: Promise<AdmitReply>;
  heard: AdmitReply | undefined;
}

/** Asks the key for a call. */
export function admit(tree: AskingTree, name: string, more: Parameters<typeof admitRequest>[1] = {}): Asked {
  const reply = tree.key.admit(admitRequest(name, { version: tree.key.state.account?.version ?? 0, ...more }));
  const asked: Asked = { reply, heard: undefined };
  void reply.then((heard) => (asked.heard = heard));
  tree.key.flush(noon);
  return asked;
}

export async function settle(tree: AskingTree, { reply }: Asked, used = 30, attempt = 1): Promise<void> {
  const grant = await reply;
  if (grant.kind !== 'granted') throw new Error(grant.kind);
  const request = { ...settleRequest(grant.holdId, used), attempt };
  const settled = tree.key.submit((row) => executeSettle(tree.key.state, request, row));
  tree.key.flush(noon);
  await settled;
}
