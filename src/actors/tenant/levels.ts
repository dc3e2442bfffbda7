import { answerIfAny } from '../../answer-within.ts';
import type { Engine } from '../../core/account/engine.ts';
import type { LevelStanding } from '../../core/account/level.ts';
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
  async added({ account }: TenantState, reply: UsageReply, own = false): Promise<UsageReply> {
    if (own || account === undefined || reply.kind !== 'usage' || account.policy.disclose === 'own') return reply;
    const above: LevelStanding[] = [];
    for (const [id, asked] of levelsAsked(account).map((level) => [level, this.#stand(level)] as const)) {
      const level = await asked;
      if (level === undefined) return { kind: 'denied', reason: 'unanswered', account: id };
      above.push(level);
    }
    return above.length === 0 ? reply : { ...reply, usage: { ...reply.usage, above } };
  }

  async #stand(id: string): Promise<LevelStanding | undefined> {
    return answerIfAny(askAnswerMs, this.#tenants.getByName(id).stand());
  }

  /** Whether all know which calls were open here before they were asked for them. Tells them, if they do not. */
  async haveAdopted(): Promise<boolean> {
    const { asks } = this.#engine();
    if (!asks.isAdopting) return true;
    await answerIfAny(askAnswerMs, this.#deliveries.deliverNow(true));
    return !asks.isAdopting;
  }
}
