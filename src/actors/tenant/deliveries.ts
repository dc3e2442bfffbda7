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
  endAgainMsMin,
  endTakenMs,
  endTriesMax,
} from '../../core/account/uplink/delivery-limits.ts';
import type { AskReply } from '../../core/account/uplink/ask.ts';
import { askAnswerMs } from '../../core/account/uplink/ask-limits.ts';
import { askTo, deliveryTo } from '../../core/account/uplink/message.ts';
import type { Below } from '../../core/account/uplink/below.ts';
import { settleWaitMs } from '../../limits.ts';
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

/** To each account above, one question and one delivery may be under way at a time. */
type Way = 'ask' | 'take';

/**
 * Speaks to the accounts above: asks them for calls, and delivers what is owed to them. To each, one question and one
 * delivery are under way at a time, and what comes meanwhile travels together in the next.
 *
 * What is owed is on disk, and stays there until it was taken: so a crash, a lost answer or an account that is away for
 * hours costs nothing but another try. What is asked waits for a few seconds, and is given back if nobody answers.
 */
export class Deliveries {
  readonly #needs: DeliveryNeeds;
  readonly #failed = new Map<string, Failed>();
  readonly #running = { ask: new Map<string, Running>(), take: new Map<string, Running>() };
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(needs: DeliveryNeeds) {
    this.#needs = needs;
  }

  /**
   * Sees to it that what is asked is asked now, and what is owed is delivered soon. What has failed is left to the
   * alarm, because a timer would keep the actor awake.
   */
  schedule(): void {
    // What fails here is noted where it fails.
    void this.#speakTo(this.#asked(), 'ask', false).catch(() => undefined);
    void this.#speakTo(this.#ended(), 'take', false).catch(() => undefined);
    if (this.#timer !== undefined || this.#untried().length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // An error here would reach nobody. If it is one of the engine's, its next caller hears of it.
      void this.#speakTo(this.#untried(), 'take', false).catch(() => undefined);
    }, deliverWaitMs);
  }

  /** When the alarm must ring while something is owed: to try again, or in case this instance is gone by then. */
  nextWakeMs(nowMs: number): number {
    const { debts } = this.#needs.engine();
    const next = debts.creditors().map((to) => {
      const isRunning = this.#running.ask.has(to) || this.#running.take.has(to);
      const failed = isRunning ? undefined : this.#failed.get(to);
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

  /** Says all that there is to say, as far as it can be said now. `isAwaited`: somebody waits to see it above. */
  async deliverNow(isAwaited: boolean): Promise<void> {
    const { ask, take } = this.#running;
    if (isAwaited) await Promise.all([...ask.values(), ...take.values()].map(({ run }) => run));
    await this.#speakTo(this.#idle(this.#needs.engine().asks.targets(), 'ask'), 'ask', isAwaited);
    await this.#speakTo(this.#creditors(), 'take', isAwaited);
    if (this.#timer === undefined || this.#untried().length > 0) return;
    // There is nothing to stay awake for.
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Those who are asked for calls. Where nobody waits for the answer, a failure is waited out. */
  #asked(): string[] {
    const { asks, broken } = this.#needs.engine();
    if (broken) return [];
    const awaited = new Set(asks.awaited());
    return this.#idle(asks.targets(), 'ask').filter((to) => awaited.has(to) || this.#isDue(to));
  }

  /** Those who keep room for calls that have ended. */
  #ended(): string[] {
    const { debts, broken } = this.#needs.engine();
    return broken ? [] : this.#idle(debts.urgent(), 'take').filter((to) => this.#isDue(to));
  }

  /** Those who are owed something, and to whom the last delivery has not failed. */
  #untried(): string[] {
    return this.#creditors().filter((to) => !this.#failed.has(to));
  }

  #creditors(): string[] {
    const { debts, broken } = this.#needs.engine();
    // What a broken engine owes may not be on disk.
    return broken ? [] : this.#idle(debts.creditors(), 'take');
  }

  /** Those to whom nothing is under way. The request in which that began may have ended in the middle of it. */
  #idle(accounts: readonly string[], way: Way): string[] {
    const earliestMs = Date.now() - deliveryRunMsMax;
    return accounts.filter((to) => (this.#running[way].get(to)?.sinceMs ?? 0) < earliestMs);
  }

  #isDue(to: string): boolean {
    return (this.#failed.get(to)?.nextMs ?? 0) <= Date.now();
  }

  async #speakTo(accounts: readonly string[], way: Way, isAwaited: boolean): Promise<void> {
    const allRunning = this.#running[way];
    await Promise.all(
      accounts.map(async (to) => {
        const running = { run: this.#speak(to, way, isAwaited), sinceMs: Date.now() };
        allRunning.set(to, running);
        await running.run;
        if (allRunning.get(to) !== running) return;
        allRunning.delete(to);
        this.schedule();
      }),
    );
  }

  async #speak(to: string, way: Way, isAwaited: boolean): Promise<void> {
    // What is set in the same turn, such as that this runs, comes first.
    await Promise.resolve();
    try {
      let parts = 0;
      while (parts < deliveryPartsMax && (await (way === 'ask' ? this.#ask(to) : this.#deliver(to, isAwaited)))) {
        parts += 1;
      }
      // If there was nothing to say, nobody has answered either.
      if (parts > 0) this.#failed.delete(to);
    } catch (error) {
      this.#noteFailure(to, error);
    }
  }

  #noteFailure(to: string, error: unknown): void {
    const { engine, accountId, arm } = this.#needs;
    const { asks, debts } = engine();
    const tries = (this.#failed.get(to)?.tries ?? 0) + 1;
    // It keeps room for what has ended, or does not know yet of calls that are open.
    const isUrgent = debts.urgent().includes(to) || asks.isAdoptingBy(to);
    const isSoon = isUrgent && tries <= endTriesMax;
    const againMs = isSoon ? endAgainMsMin * 2 ** (tries - 1) : deliverAgainInMs(tries);
    this.#failed.set(to, { tries, nextMs: Date.now() + againMs });
    if (isSoon) setTimeout(() => this.schedule(), againMs);
    if (tries === 1) log('warn', 'account-above-away', { account: accountId(), above: to, error: String(error) });
    arm();
  }

  /** Delivers a part of what is owed. Answers whether there was something. */
  async #deliver(to: string, isAwaited: boolean): Promise<boolean> {
    const { engine, tenants } = this.#needs;
    const { debts, broken } = engine();
    const delivery = broken ? undefined : deliveryTo(to, engine(), this.#from());
    if (delivery === undefined) return false;
    const isUrgent = debts.urgent().includes(to);
    const taking = tenants.getByName(to).take(delivery, isAwaited ? 0 : isUrgent ? endTakenMs : settleWaitMs);
    await this.#noteTaken(to, delivery, await answerWithin(isUrgent ? askAnswerMs : deliverAnswerMs, taking));
    return true;
  }

  /** Asks for as much as one message takes. Answers whether there was something. */
  async #ask(to: string): Promise<boolean> {
    const { engine, tenants, resolve } = this.#needs;
    const { asks, broken } = engine();
    const mayDeliver = !this.#running.take.has(to);
    const request = broken ? undefined : askTo(to, engine(), this.#from(), mayDeliver);
    if (request === undefined) return false;
    const asking = answerWithin(askAnswerMs, tenants.getByName(to).ask(request)).catch((error: unknown) => error);
    const reply = await asking;
    const isAnswer = isAskReply(reply);
    asks.heard(to, request, isAnswer ? reply : undefined);
    do await resolve();
    while (asks.hasAnswers && !engine().broken);
    if (!isAnswer) throw reply;
    if (reply.answers.some((answer) => answer.kind === 'denied' && answer.reason === 'lost')) throw lostLedger(to);
    const { delivery } = request;
    if (delivery !== undefined && reply.take !== undefined) await this.#noteTaken(to, delivery, reply.take);
    return true;
  }

  #from(): Below {
    const { engine, accountId, incarnation } = this.#needs;
    return { from: accountId(), ledger: engine().state.uplinkName ?? incarnation() };
  }

  async #noteTaken(to: string, delivery: Delivery, reply: TakeReply): Promise<void> {
    const { engine, accountId, submit } = this.#needs;
    const { debts, state } = engine();
    if (reply.kind === 'denied') throw lostLedger(to);
    if (debts.answered(to, delivery, reply) === 'noted') return;
    log('error', 'account-went-back', { account: accountId(), above: to, lastSeq: state.seq });
    const name = crypto.randomUUID();
    await submit((row) => row.record({ type: 'uplinks-renamed', name }));
  }
}

function isAskReply(reply: unknown): reply is AskReply {
  return typeof reply === 'object' && reply !== null && 'answers' in reply;
}

function lostLedger(of: string): Error {
  return new Error(`the ledger of ${of} is lost`);
}

/** Twice as long after each failure. Some of it is random, so that many do not come at once. */
function deliverAgainInMs(tries: number): number {
  return Math.min(deliverAgainMsMax, deliverAgainMsMin * 2 ** (tries - 1)) * (0.75 + Math.random() / 2);
}
