import type { Env } from '../env.ts';
import { GatewayError } from '../http/errors.ts';
import { log } from '../log.ts';
import type {
  AdmitReply,
  AdmitRequest,
  ExtendReply,
  ExtendRequest,
  SettleReply,
  SettleRequest,
  TenantProtocol,
} from '../tenant/protocol.ts';
import { CallClock } from './call-clock.ts';

/** How long an actor may take to answer, beyond what a call is allowed to wait for its turn. */
const answerMs = 10_000;
/** Answers of a second admit that say nothing of the first. */
const leavesFirstOpen: ReadonlySet<AdmitReply['kind']> = new Set(['denied', 'refused', 'replay', 'idempotency']);
/** A settle is repeated for as long as the platform lets a finished call live on. */
const settleAttempts = 6;
const settleBackoffMs = 200;

/**
 * An account's actor as a router speaks to it, on behalf of one request. Every method may be repeated: names and hold
 * ids make a repeat change nothing.
 */
export class AccountClient {
  readonly accountId: string;
  readonly #env: Env;
  readonly #clock: CallClock;
  #stub: TenantProtocol | undefined;
  /** Whether the call was voided by its name, which may reach the actor at any time: nothing is admitted by it then. */
  #isGivenUp = false;

  constructor(env: Env, accountId: string, clock: CallClock = new CallClock()) {
    this.#env = env;
    this.accountId = accountId;
    this.#clock = clock;
  }

  /**
   * Asks once, and once more if the answer was lost. If that is lost too the call is voided by its name, so that
   * neither a hold nor a late admit is left behind, and the caller is told that the ledger can't be reached.
   */
  async admit(
    request: AdmitRequest,
    waitMs: number,
    background: (task: Promise<unknown>) => void,
  ): Promise<AdmitReply> {
    const ask = (): Promise<AdmitReply> => this.#ask((actor) => actor.admit(request), answerMs + waitMs);
    // On a clock of its own: the call's is stopped when the call has failed, and this goes on behind it.
    const giveUp = (): void => {
      this.#isGivenUp = true;
      background(new AccountClient(this.#env, this.accountId).voidCall(request.call.name));
    };
    if (this.#isGivenUp) throw this.#unavailable(new Error('the call was given up'));
    let first: AdmitReply | undefined;
    try {
      first = await ask();
    } catch {
      // Its answer is lost. Whether it was granted, the repeat will say.
    }
    if (first !== undefined) return first;
    try {
      const second = await ask();
      // The first may have been granted before the key was revoked, or may still wait for its turn.
      if (leavesFirstOpen.has(second.kind)) giveUp();
      return second;
    } catch (cause) {
      giveUp();
      throw this.#unavailable(cause);
    }
  }

  /** Answers an error where nobody answered it: what is owed by then is for whoever asked to say. */
  async extend(request: ExtendRequest): Promise<ExtendReply | GatewayError> {
    try {
      return await this.#twice((actor) => actor.extend(request), answerMs);
    } catch (cause) {
      return this.#unavailable(cause);
    }
  }

  /**
   * Answers once the settlement is durable, or undefined where it could not be delivered: the lease will end the hold.
   */
  async settle(request: SettleRequest): Promise<SettleReply | undefined> {
    return this.#untilDelivered('settle', (actor) => actor.settle(request));
  }

  async voidCall(name: string): Promise<void> {
    await this.#untilDelivered('void', (actor) => actor.voidCall({ name }));
  }

  /** Whether the hold has a lease again. Throws where nobody knows. */
  async renew(holdId: string): Promise<boolean> {
    const { lost } = await this.#ask((actor) => actor.renew({ holdIds: [holdId] }), answerMs);
    return lost.length === 0;
  }

  async ask<T>(question: (actor: TenantProtocol) => Promise<T>): Promise<T> {
    try {
      return await this.#twice(question, answerMs);
    } catch (cause) {
      throw this.#unavailable(cause);
    }
  }

  /**
   * The actor implements the protocol; a stub only adds the trip. One that has seen its actor reset is of no more use.
   */
  async #ask<T>(question: (actor: TenantProtocol) => Promise<T>, withinMs: number): Promise<T> {
    this.#stub ??= this.#env.TENANT.getByName(this.accountId);
    try {
      return await this.#clock.within(withinMs, question(this.#stub));
    } catch (error) {
      this.#stub = undefined;
      throw error;
    }
  }

  async #twice<T>(question: (actor: TenantProtocol) => Promise<T>, withinMs: number): Promise<T> {
    try {
      return await this.#ask(question, withinMs);
    } catch {
      return this.#ask(question, withinMs);
    }
  }

  async #untilDelivered<T>(what: string, deliver: (actor: TenantProtocol) => Promise<T>): Promise<T | undefined> {
    for (let attempt = 1; attempt <= settleAttempts; attempt += 1) {
      try {
        return await this.#ask(deliver, answerMs);
      } catch (error) {
        log('warn', `${what}-repeated`, { account: this.accountId, attempt, error: String(error) });
        await scheduler.wait(settleBackoffMs * 2 ** (attempt - 1));
      }
    }
    log('error', `${what}-undelivered`, { account: this.accountId });
    return undefined;
  }

  #unavailable(cause: unknown): GatewayError {
    const message = 'The ledger of this account can not be reached, and nothing was charged. Try again.';
    return new GatewayError('ledger_unavailable', message, { retryAfterMs: 1000, shouldRetry: true, cause });
  }
}
