import { answerIfAny, answerWithin } from '../../answer-within.ts';
import type { Engine } from '../../core/account/engine.ts';
import { disclosed } from '../../core/account/execute.ts';
import type { TenantState } from '../../core/account/fold.ts';
import type { TenantProtocol, UsageReply } from '../../core/account/protocol.ts';
import { askAnswerMs } from '../../core/account/uplink/ask-limits.ts';
import { levelsAsked } from '../../core/account/uplink/chain.ts';
import type { Deliveries } from './deliveries.ts';

interface Tenants {
  getByName(accountId: string): Pick<TenantProtocol, 'stand'>;
}

/** The accounts above that have limits, as an account knows them. */
export class Levels {
  readonly #engine: () => Engine;
  readonly #deliveries: Pick<Deliveries, 'deliverNow'>;
  readonly #tenants: Tenants;

  constructor(engine: () => Engine, deliveries: Pick<Deliveries, 'deliverNow'>, tenants: Tenants) {
    this.#engine = engine;
    this.#deliveries = deliveries;
    this.#tenants = tenants;
  }

  /** Adds where they stand to what an account says of itself. */
  async added({ account }: TenantState, reply: UsageReply): Promise<UsageReply> {
    const levels = account === undefined || reply.kind !== 'usage' ? [] : levelsAsked(account);
    if (account === undefined || reply.kind !== 'usage' || levels.length === 0) return reply;
    const standing = Promise.all(levels.map((id) => this.#tenants.getByName(id).stand()));
    const above = await answerWithin(askAnswerMs, standing);
    return { ...reply, usage: { ...reply.usage, ...disclosed(account, above) } };
  }

  /** Whether all know which calls were open here before they were asked for them. Tells them, if they do not. */
  async haveAdopted(): Promise<boolean> {
    const { asks } = this.#engine();
    asks.lookForAdoptions();
    if (!asks.isAdopting) return true;
    await answerIfAny(askAnswerMs, this.#deliveries.deliverNow(true));
    return !asks.isAdopting;
  }
}
