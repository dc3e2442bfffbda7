import type { Engine } from '../../../src/core/account/engine.ts';
import type { AskReply, AskRequest } from '../../../src/core/account/uplink/ask.ts';
import { askAnswerMs } from '../../../src/core/account/uplink/ask-limits.ts';
import { executeTake } from '../../../src/core/account/uplink/below.ts';
import type { Delivery, TakeReply } from '../../../src/core/account/uplink/delivery.ts';
import { executeAsk } from '../../../src/core/account/uplink/grant.ts';
import { askTo, deliveryTo } from '../../../src/core/account/uplink/message.ts';
import type { Fate } from '../../support/memory-disk.ts';
import { broken } from '../broken-promise.ts';
import type { TreeAccount } from './tree-account.ts';
import type { TreeRouter } from './tree-router.ts';
import { type TreeStep, keysCount } from './tree-step.ts';
import type { TreeWitness } from './tree-witness.ts';

/** A message with asks, until its answer is heard. */
interface Sent {
  readonly key: TreeAccount;
  readonly sender: Engine;
  readonly to: string;
  readonly request: AskRequest;
  reply: AskReply | undefined;
  readonly atMs: number;
}

interface Message {
  readonly key: TreeAccount;
  /** The instance that sent it. Another does not hear the answer. */
  readonly sender: Engine;
  readonly to: string;
  readonly delivery: Delivery;
}

/** Carries what keys say to the accounts above them, in time, late, twice, or not at all. */
export class TreePost {
  readonly tally = { taken: 0, elsewhere: 0, adopted: 0, trimmed: 0 };
  readonly #witness: TreeWitness;
  readonly #router: TreeRouter;
  readonly #now: () => number;
  readonly #late: Message[] = [];
  readonly #lateAsks: Sent[] = [];
  readonly #sent: Sent[] = [];

  constructor(witness: TreeWitness, router: TreeRouter, now: () => number) {
    this.#witness = witness;
    this.#router = router;
    this.#now = now;
  }

  /** Nobody hears any more what was sent. */
  async giveUp(): Promise<void> {
    for (const sent of this.#sent.splice(0)) await this.#hear(sent, undefined, 'kept');
  }

  /** What was sent comes to the account above. */
  async carryOne({ message, fate }: Extract<TreeStep, { do: 'carry' | 'hear' }>): Promise<void> {
    const sent = this.#sent[message % Math.max(1, this.#sent.length)];
    if (sent !== undefined && sent.reply === undefined) sent.reply = await this.#carry(sent, fate);
  }

  /** An answer comes to the key, or the key has waited for long enough. */
  async hearOne({ message, fate }: Extract<TreeStep, { do: 'carry' | 'hear' }>): Promise<void> {
    const [sent] = this.#sent.splice(message % Math.max(1, this.#sent.length), 1);
    if (sent === undefined) return;
    if (sent.reply === undefined) this.#lateAsks.push(sent);
    // By then the key has given up.
    const isLate = this.#now() - sent.atMs >= askAnswerMs;
    return this.#hear(sent, isLate ? undefined : sent.reply, fate);
  }

  /** What everybody had given up arrives. */
  async arriveLate({ message: place, twice, fate }: Extract<TreeStep, { do: 'arrive' }>): Promise<void> {
    const asks = this.#lateAsks[place % Math.max(1, this.#lateAsks.length)];
    if (asks !== undefined) {
      if (!twice) this.#lateAsks.splice(this.#lateAsks.indexOf(asks), 1);
      await this.#carry(asks, fate);
    }
    const message = this.#late[place % Math.max(1, this.#late.length)];
    if (message === undefined) return;
    if (!twice) this.#late.splice(this.#late.indexOf(message), 1);
    return this.#arrive(message, fate, true);
  }

  /** A key that has something to ask, if there is one. */
  asker(place: number): TreeAccount {
    const keys = Array.from({ length: keysCount }, (_, each) => this.#witness.at((place + each) % keysCount));
    return keys.find(({ engine }) => engine.asks.targets().length > 0) ?? this.#witness.at(place);
  }

  /** Says something to an account above, if there is something to say and nothing is under way to it. */
  async ask(key: TreeAccount, place: number, way: Extract<TreeStep, { do: 'ask' }>['way'], fate: Fate): Promise<void> {
    const sender = key.engine;
    const targets = sender.asks
      .targets()
      .filter((to) => !this.#sent.some((sent) => sent.sender === sender && sent.to === to));
    const to = targets[place % Math.max(1, targets.length)];
    if (to === undefined) return;
    const said = askTo(to, sender, { from: key.id, ledger: key.disk.ledger }, place % 2 === 0);
    if (said === undefined) return broken('no leak', `${key.id} has nothing to ask ${to}`);
    this.tally.trimmed += said.trims.length;
    const sent: Sent = { key, sender, to, request: structuredClone(said), reply: undefined, atMs: this.#now() };
    if (way === 'sent') {
      this.#sent.push(sent);
      return;
    }
    if (way === 'late') this.#lateAsks.push(sent);
    const reply = way === 'late' ? undefined : await this.#carry(sent, fate);
    await this.#hear(sent, way === 'now' ? reply : undefined, 'kept');
  }

  /** The account above answers. Undefined if it died before it did. */
  async #carry({ to, request }: Sent, fate: Fate): Promise<AskReply | undefined> {
    const parent = this.#witness.called(to);
    const reply = await parent.run((engine) => engine.submit((row) => executeAsk(engine.state, request, row)), fate);
    this.#witness.look(parent);
    for (const [place, answer] of reply?.answers.entries() ?? []) {
      const ask = request.asks[place];
      if (ask?.kind === 'adopt' && answer.kind === 'granted') this.tally.adopted += 1;
      // What later asks of the same message were granted may be what fills it now.
      if (answer.kind !== 'refused') continue;
      const { limit, needed, posted, held } = answer.refusal;
      if (posted + held + needed <= limit.max)
        broken('no false refusal', `${to} had room under ${JSON.stringify(limit)}`);
    }
    return reply;
  }

  async #hear({ key, sender, to, request }: Sent, reply: AskReply | undefined, fate: Fate): Promise<void> {
    if (!key.isAwake(sender)) return;
    sender.asks.heard(to, request, reply);
    await key.run((engine) => engine.resolveAsks(), fate);
    while (key.isAwake(sender) && sender.asks.hasAnswers) await key.run((engine) => engine.resolveAsks(), 'kept');
    await this.#router.hearAll();
    this.#witness.look(key);
    const { delivery } = request;
    if (reply?.take === undefined || reply.take.kind === 'denied' || delivery === undefined || !key.isAwake(sender))
      return;
    if (sender.debts.answered(to, delivery, reply.take) !== 'noted')
      broken('durable', `${key.id} takes itself for a copy`);
  }

  async deliver(
    key: TreeAccount,
    { to: place, fate, way }: Pick<Extract<TreeStep, { do: 'deliver' }>, 'to' | 'fate' | 'way'>,
  ): Promise<void> {
    const sender = key.engine;
    const creditors = sender.debts.creditors();
    const to = creditors[place % Math.max(1, creditors.length)];
    if (to === undefined) return;
    const delivery = deliveryTo(to, sender, { from: key.id, ledger: key.disk.ledger });
    if (delivery === undefined) return;
    const message = { key, sender, to, delivery: structuredClone(delivery) };
    if (way === 'late') this.#late.push(message);
    else await this.#arrive(message, fate, way === 'now');
  }

  async #arrive({ key, sender, to, delivery }: Message, fate: Fate, isHeard: boolean): Promise<void> {
    const parent = this.#witness.called(to);
    const reply = await parent.run(
      (engine) => engine.submit((row): TakeReply => executeTake(engine.state, delivery, row)),
      fate,
    );
    this.#witness.look(parent);
    if (reply === undefined || reply.kind === 'denied') return;
    this.tally[reply.kind] += 1;
    if (!isHeard || !key.isAwake(sender)) return;
    if (sender.debts.answered(to, delivery, reply) !== 'noted') broken('durable', `${key.id} takes itself for a copy`);
  }
}
