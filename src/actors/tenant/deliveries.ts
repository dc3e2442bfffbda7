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
import { log } from '../../log.ts';

/** What the actor gives it. */
interface DeliveryNeeds {
  readonly engine: () => Engine;
  readonly submit: <T>(command: (row: Row) => T) => Promise<T>;
  readonly accountId: () => string;
  /** The name of the ledger that is on disk beside the journal. */
  readonly incarnation: () => string;
  readonly tenants: { getByName(accountId: string): Pick<TenantProtocol, 'take'> };
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
 * Delivers what an account owes to those above it. What is owed is on disk, and stays there until it was taken: so a
 * crash, a lost answer or an account that is away for hours costs nothing but another try.
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
    await this.#deliverTo(this.#creditors(), isAwaited);
    if (this.#timer === undefined || this.#untried().length > 0) return;
    // There is nothing to stay awake for.
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Those of them to whom the last delivery has not failed. */
  #untried(): string[] {
    return this.#creditors().filter((to) => !this.#failed.has(to));
  }

  /** Those to whom nothing is being delivered. The request in which that began may have ended in the middle of it. */
  #creditors(): string[] {
    const earliestMs = Date.now() - deliveryRunMsMax;
    const { debts, broken } = this.#needs.engine();
    // What a broken engine owes may not be on disk.
    return broken ? [] : debts.creditors().filter((to) => (this.#running.get(to)?.sinceMs ?? 0) < earliestMs);
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
    const { debts, broken } = this.#needs.engine();
    return !broken && debts.creditors().includes(to);
  }

  async #deliverOnce(to: string, isAwaited: boolean): Promise<void> {
    const { engine, accountId, incarnation, tenants, submit } = this.#needs;
    const { debts, state } = engine();
    const from = accountId();
    const delivery = debts.next(to, { from, ledger: state.uplinkName ?? incarnation() });
    const reply = await answerWithin(deliverAnswerMs, tenants.getByName(to).take(delivery, isAwaited));
    if (reply.kind === 'denied') throw new Error(`the ledger of ${to} is lost`);
    if (debts.answered(to, delivery, reply) === 'noted') return;
    log('error', 'account-went-back', { account: from, above: to, lastSeq: state.seq });
    const name = crypto.randomUUID();
    await submit((row) => row.record({ type: 'uplinks-renamed', name }));
  }
}

/** Twice as long after each failure. Some of it is random, so that many do not come at once. */
function deliverAgainInMs(tries: number): number {
  return Math.min(deliverAgainMsMax, deliverAgainMsMin * 2 ** (tries - 1)) * (0.75 + Math.random() / 2);
}
