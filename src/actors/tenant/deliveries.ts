import { answerIfAny, answerWithin } from '../../answer-within.ts';
import type { Engine } from '../../core/account/engine.ts';
import type { TenantProtocol } from '../../core/account/protocol.ts';
import type { Row } from '../../core/account/row.ts';
import {
  deliverAgainMsMax,
  deliverAgainMsMin,
  deliverAlarmMs,
  deliverAnswerMs,
  deliverWaitMs,
  deliveryPartsMax,
  deliveryRunMsMax,
} from '../../core/account/uplink/delivery-limits.ts';
import type { AskReply } from '../../core/account/uplink/ask.ts';
import { askAnswerMs } from '../../core/account/uplink/ask-limits.ts';
import { messageTo } from '../../core/account/uplink/message.ts';
import type { Delivery, TakeReply } from '../../core/account/uplink/delivery.ts';
import { log } from '../../log.ts';

/** What the actor gives it. */
interface DeliveryNeeds {
  readonly engine: () => Engine;
  readonly submit: <T>(command: (row: Row) => T) => Promise<T>;
  readonly accountId: () => string;
  /** The name of the ledger that is on disk beside the journal. */
  readonly incarnation: () => string;
  /** Decides what accounts above have answered. */
  readonly resolve: () => Promise<void>;
  readonly tenants: { getByName(accountId: string): Pick<TenantProtocol, 'take' | 'ask'> };
  /** Sets the alarm, in case this instance is gone before the next try. */
  readonly arm: () => void;
}

/** What failed, and when it is tried again. */
interface Failed {
  readonly tries: number;
  readonly nextMs: number;
}

interface Running {
  readonly run: Promise<void>;
  readonly sinceMs: number;
}

/**
 * Speaks to the accounts above: asks them for calls, and delivers what is owed to them. To each, one message is under
 * way at a time, and what comes meanwhile travels together in the next.
 *
 * What is owed is on disk, and stays there until it was taken: so a crash, a lost answer or an account that is away for
 * hours costs nothing but another try. What is asked waits for a few seconds, and is given back if nobody answers.
 */
export class Deliveries {
  readonly #needs: DeliveryNeeds;
  readonly #failed = new Map<string, Failed>();
  readonly #running = new Map<string, Running>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(needs: DeliveryNeeds) {
    this.#needs = needs;
  }

  /**
   * Sees to it that what is owed is delivered soon. What has failed is left to the alarm, because a timer would keep
   * the actor awake.
   */
  schedule(): void {
    const now = this.#urgent();
    // What fails here is noted where it fails.
    if (now.length > 0)
      void this.#deliverTo(now, false).then(
        () => this.schedule(),
        () => undefined,
      );
    if (this.#timer !== undefined || this.#untried().length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // An error here would reach nobody. If it is one of the engine's, its next caller hears of it.
      void this.#deliverTo(this.#untried(), false).then(
        () => this.schedule(),
        () => undefined,
      );
    }, deliverWaitMs);
  }

  /** When the alarm must ring while something is owed: to try again, or in case this instance is gone by then. */
  nextWakeMs(nowMs: number): number {
    const { debts } = this.#needs.engine();
    const next = debts.creditors().map((to) => {
      const failed = this.#running.has(to) ? undefined : this.#failed.get(to);
      return failed === undefined ? nowMs + deliverAlarmMs : Math.max(nowMs, failed.nextMs);
    });
    return Math.min(...next);
  }

  /**
   * The alarm has rung. What it was armed for is done then, so it is armed anew: else it would ring for the same again
   * and again, since an actor that is gone by then finds on its disk that it owes.
   */
  async ring(armAnew: () => void): Promise<void> {
    await answerIfAny(deliverAnswerMs, this.deliverNow(false));
    armAnew();
  }

  /** Delivers all that is owed, as far as it can be delivered now. `isAwaited`: somebody waits to see it above. */
  async deliverNow(isAwaited: boolean): Promise<void> {
    if (isAwaited) await Promise.all([...this.#running.values()].map(({ run }) => run));
    await this.#deliverTo([...new Set([...this.#urgent(), ...this.#creditors()])], isAwaited);
    if (this.#timer === undefined || this.#untried().length > 0) return;
    // There is nothing to stay awake for.
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Those of them to whom the last delivery has not failed. */
  #untried(): string[] {
    return this.#creditors().filter((to) => !this.#failed.has(to));
  }

  /** Those who are asked for calls, or keep room for calls that have ended. */
  #urgent(): string[] {
    const { asks, debts, broken } = this.#needs.engine();
    if (broken) return [];
    const owed = debts.urgent().filter((to) => !this.#failed.has(to));
    return this.#idle([...new Set([...asks.targets(), ...owed])]);
  }

  /** Those to whom nothing is being delivered. The request in which that began may have ended in the middle of it. */
  #creditors(): string[] {
    const { debts, broken } = this.#needs.engine();
    // What a broken engine owes may not be on disk.
    return broken ? [] : this.#idle(debts.creditors());
  }

  #idle(accounts: readonly string[]): string[] {
    const earliestMs = Date.now() - deliveryRunMsMax;
    return accounts.filter((to) => (this.#running.get(to)?.sinceMs ?? 0) < earliestMs);
  }

  async #deliverTo(creditors: readonly string[], isAwaited: boolean): Promise<void> {
    await Promise.all(
      creditors.map(async (to) => {
        const running = { run: this.#deliver(to, isAwaited), sinceMs: Date.now() };
        this.#running.set(to, running);
        await running.run;
        if (this.#running.get(to) === running) this.#running.delete(to);
      }),
    );
  }

  async #deliver(to: string, isAwaited: boolean): Promise<void> {
    try {
      for (let parts = 0; parts < deliveryPartsMax && this.#owes(to); parts += 1)
        await this.#deliverOnce(to, isAwaited);
      this.#failed.delete(to);
    } catch (error) {
      const tries = (this.#failed.get(to)?.tries ?? 0) + 1;
      this.#failed.set(to, { tries, nextMs: Date.now() + deliverAgainInMs(tries) });
      if (tries === 1) {
        log('warn', 'account-above-away', { account: this.#needs.accountId(), above: to, error: String(error) });
      }
      this.#needs.arm();
    }
  }

  #owes(to: string): boolean {
    const { asks, debts, broken } = this.#needs.engine();
    return !broken && (debts.creditors().includes(to) || asks.targets().includes(to));
  }

  async #deliverOnce(to: string, isAwaited: boolean): Promise<void> {
    const { engine, accountId, incarnation, tenants, resolve } = this.#needs;
    const { asks, debts, state } = engine();
    const message = messageTo(to, engine(), { from: accountId(), ledger: state.uplinkName ?? incarnation() });
    if (message === undefined) return;
    const actor = tenants.getByName(to);
    if (message.kind === 'take') {
      const { delivery } = message;
      const taking = actor.take(delivery, isAwaited || debts.urgent().includes(to));
      return this.#noteTaken(to, delivery, await answerWithin(deliverAnswerMs, taking));
    }
    const { request } = message;
    const reply = await answerWithin(askAnswerMs, actor.ask(request)).catch((error: unknown) => error);
    const isAnswer = isAskReply(reply);
    asks.heard(to, request, isAnswer ? reply : undefined);
    await resolve();
    if (!isAnswer) throw reply;
    if (request.delivery !== undefined && reply.take !== undefined)
      await this.#noteTaken(to, request.delivery, reply.take);
  }

  async #noteTaken(to: string, delivery: Delivery, reply: TakeReply): Promise<void> {
    const { engine, accountId, submit } = this.#needs;
    const { debts, state } = engine();
    if (reply.kind === 'denied') throw new Error(`the ledger of ${to} is lost`);
    if (debts.answered(to, delivery, reply) === 'noted') return;
    log('error', 'account-went-back', { account: accountId(), above: to, lastSeq: state.seq });
    const name = crypto.randomUUID();
    await submit((row) => row.record({ type: 'uplinks-renamed', name }));
  }
}

function isAskReply(reply: unknown): reply is AskReply {
  return typeof reply === 'object' && reply !== null && 'answers' in reply;
}

/** Twice as long after each failure. Some of it is random, so that many do not come at once. */
function deliverAgainInMs(tries: number): number {
  return Math.min(deliverAgainMsMax, deliverAgainMsMin * 2 ** (tries - 1)) * (0.75 + Math.random() / 2);
}
