import type { Env } from '../../env.ts';
import { GatewayError } from '../../http/errors.ts';
import { log } from '../../log.ts';
import {
  type Command,
  type CommandOf,
  type CommandReply,
  type Method,
  type ReplyTo,
  askAlone,
} from '../../core/account/exchange.ts';
import type {
  AdmitReply,
  AdmitRequest,
  DeniedReply,
  ExtendReply,
  ExtendRequest,
  SettleReply,
  SettleRequest,
  TenantProtocol,
} from '../../core/account/protocol.ts';
import { type Sender, type Sent, laneOf } from './account-lane.ts';
import { CallClock } from './call-clock.ts';
import type { Signal } from './plain-signal.ts';
import { deniedError } from './caller.ts';
import { type Patience, PatientQuestion } from './patient-question.ts';

/** How long an actor may take to answer, not counting what a call may wait for its turn. */
const answerMs = 10_000;
/** If an admit was sent twice, these answers to one say nothing about the other. */
const leavesOtherOpen: ReadonlySet<AdmitReply['kind']> = new Set(['denied', 'refused', 'replay', 'idempotency']);
const settleBackoffMs = 200;

/**
 * For a question that somebody waits for. It is asked once more: at once if the answer is lost, else after a silence.
 */
function brief(waitMs: number): Patience {
  return { asksMax: 2, silencesMs: [answerMs + waitMs, answerMs + waitMs], pauseMs: () => 0 };
}

/**
 * For what must arrive while nobody waits: it is tried for about as long as the platform lets a finished call live. The
 * pauses are random, so that messages that were lost together do not come again together.
 */
const persistent: Patience = {
  asksMax: 6,
  silencesMs: [20_000, 40_000],
  pauseMs: (lost) => settleBackoffMs * 2 ** (lost - 1) * (0.5 + Math.random()),
};

/** A settlement that is being delivered. */
export interface SentSettlement {
  /** When it is on its way; undefined if it is by now. Then whatever its client asks for next is decided after it. */
  readonly departed: Promise<void> | undefined;
  /** Comes once the settlement is durable. Undefined if it could not be delivered: then the lease ends the hold. */
  readonly reply: Promise<SettleReply | undefined>;
}

/**
 * How a router speaks to the actor of an account, on behalf of one request. Every method may be repeated: names and
 * hold ids make a repeat change nothing.
 */
export class AccountClient {
  readonly accountId: string;
  readonly #env: Env;
  readonly #clock: CallClock;
  readonly #sender: Sender;
  /** What asks by itself for each command that travels with others. */
  readonly #following = new Set<() => void>();
  #hasLeft = false;
  /** Whether an admit that may be under way with others was asked for once more. */
  #isAskedTwice = false;
  #stub: TenantProtocol | undefined;
  /**
   * Whether the call was voided by its name. The void may reach the actor at any time, so nothing is admitted under
   * that name any more.
   */
  #isGivenUp = false;

  constructor(env: Env, accountId: string, clock: CallClock = new CallClock()) {
    this.#env = env;
    this.accountId = accountId;
    this.#clock = clock;
    this.#sender = {
      alone: async (command) => this.#askOnce(async (actor) => askAlone(actor, command)),
      again: async (command) => {
        if (command.method === 'admit') this.#isAskedTwice = true;
        return this.#sender.alone(command);
      },
      together: async (commands) => this.#askOnce(async (actor) => actor.exchange({ commands })),
      // The clock of a call is for times in which a clock may be set, and not for so short ones.
      after: (ms, fire) => void setTimeout(fire, ms),
      isThere: () => !this.#hasLeft,
    };
  }

  /**
   * Once its client has left, a request asks for everything by itself: the platform may let it hear nothing more of
   * what other requests have begun.
   */
  leavesWith(client: Signal): void {
    const leave = (): void => {
      this.#hasLeft = true;
      for (const ask of this.#following) ask();
      this.#following.clear();
    };
    if (client.aborted) leave();
    else client.addEventListener('abort', leave);
  }

  /**
   * Asks once, and once more if the answer is lost or slow. If none comes, the call is voided by its name, so that
   * neither a hold nor a late admit is left behind, and the caller is told that the ledger can't be reached.
   */
  async admit(
    request: AdmitRequest,
    waitMs: number,
    background: (task: Promise<unknown>) => void,
  ): Promise<AdmitReply> {
    // On its own clock: the call's clock stops when the call has failed, and this goes on after that.
    const giveUp = (): void => {
      this.#isGivenUp = true;
      background(new AccountClient(this.#env, this.accountId).voidCall(request.call.name));
    };
    if (this.#isGivenUp) throw this.#unavailable(new Error('the call was given up'));
    const repeats: unknown[] = [];
    const onRepeat = (error: unknown): void => void repeats.push(error);
    try {
      // Nobody else's command waits for an answer that waits for its turn.
      const ask = (): Promise<AdmitReply> =>
        waitMs > 0 ? this.#askOnce(async (actor) => actor.admit(request)) : this.#send({ method: 'admit', request });
      const reply = await this.#ask(ask, brief(waitMs), onRepeat);
      // The other admit may have been granted before the key was revoked, or may still wait for its turn.
      if ((repeats.length > 0 || this.#isAskedTwice) && leavesOtherOpen.has(reply.kind)) giveUp();
      return reply;
    } catch (cause) {
      giveUp();
      throw this.#unavailable(cause);
    }
  }

  /** Returns an error if nobody answered: whoever asked decides what is owed by then. */
  async extend(request: ExtendRequest): Promise<ExtendReply | GatewayError> {
    try {
      return await this.#ask(() => this.#send({ method: 'extend', request }), brief(0));
    } catch (cause) {
      return this.#unavailable(cause);
    }
  }

  /** An urgent settlement is on its way when this returns. Another may wait a little for others of its account. */
  settle(request: SettleRequest, isUrgent = true): SentSettlement {
    // What is kept can be large, and its client waits to hear of it.
    const isLarge = request.answer !== undefined || request.response !== undefined;
    // The first question is asked before `#untilDelivered` returns.
    let departed: Promise<void> | undefined;
    const ask = async (): Promise<SettleReply> => {
      if (isLarge) return this.#askOnce(async (actor) => actor.settle(request));
      const sent = this.#dispatch({ method: 'settle', request }, isUrgent);
      departed ??= sent.departed;
      return sent.reply;
    };
    const reply = this.#untilDelivered('settle', ask);
    return { departed, reply };
  }

  async voidCall(name: string): Promise<void> {
    await this.#untilDelivered('void', () => this.#send({ method: 'voidCall', request: { name } }));
  }

  /** Whether the hold has a lease again. Throws if that is unknown. */
  async renew(holdId: string): Promise<boolean> {
    const renewal = this.#send({ method: 'renew', request: { holdIds: [holdId] } });
    try {
      const { lost } = await this.#clock.within(answerMs, renewal);
      return lost.length === 0;
    } catch (error) {
      this.#stub = undefined;
      throw error;
    }
  }

  /** Throws if the account denies the caller, or can't be reached. */
  async ask<T extends object>(question: (actor: TenantProtocol) => Promise<T>): Promise<Exclude<T, DeniedReply>> {
    const reply = await this.#ask(() => this.#askOnce(question), brief(0)).catch((cause: unknown) => {
      throw this.#unavailable(cause);
    });
    if (isDenied(reply)) throw deniedError(reply);
    // What is left of the union is no denial.
    return reply as Exclude<T, DeniedReply>;
  }

  async #untilDelivered<T>(what: string, deliver: () => Promise<T>): Promise<T | undefined> {
    const account = this.accountId;
    let attempt = 0;
    const onRepeat = (error: unknown): void => {
      attempt += 1;
      log('warn', `${what}-repeated`, { account, attempt, error: String(error) });
    };
    try {
      return await this.#ask(deliver, persistent, onRepeat);
    } catch (error) {
      log('error', `${what}-undelivered`, { account, error: String(error) });
      return undefined;
    }
  }

  /** A stub that did not answer may have lost its actor without knowing it, so the next try takes another stub. */
  async #ask<T>(question: () => Promise<T>, patience: Patience, onRepeat?: (error: unknown) => void): Promise<T> {
    const repeated = (error: unknown): void => {
      this.#stub = undefined;
      onRepeat?.(error);
    };
    return PatientQuestion.ask(question, patience, this.#clock, repeated);
  }

  #send<M extends Method>(command: CommandOf<M>): Promise<ReplyTo<M>> {
    return this.#dispatch(command).reply;
  }

  /** Sends a command with others of its account, where there are any. */
  #dispatch<M extends Method>(command: CommandOf<M>, isUrgent?: boolean): Sent<ReplyTo<M>>;
  #dispatch(command: Command, isUrgent?: boolean): Sent<CommandReply> {
    if (this.#hasLeft) return { departed: undefined, reply: this.#sender.alone(command) };
    const sent = laneOf(this.#env, this.accountId).send(command, this.#sender, isUrgent);
    const { withdraw } = sent;
    if (withdraw === undefined) return sent;
    const departure = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<CommandReply>();
    const onLeft = (): void => {
      withdraw();
      departure.resolve();
      void this.#sender.again(command).then(answer.resolve, answer.reject);
    };
    this.#following.add(onLeft);
    void sent.departed?.then(departure.resolve);
    void sent.reply.finally(() => this.#following.delete(onLeft)).then(answer.resolve, answer.reject);
    return { departed: sent.departed && departure.promise, reply: answer.promise };
  }

  /** The actor implements the protocol; a stub only adds the trip. A stub whose actor was reset is of no use. */
  async #askOnce<T>(question: (actor: TenantProtocol) => Promise<T>): Promise<T> {
    const stub = (this.#stub ??= this.#env.TENANT.getByName(this.accountId));
    try {
      return await question(stub);
    } catch (error) {
      if (this.#stub === stub) this.#stub = undefined;
      throw error;
    }
  }

  #unavailable(cause: unknown): GatewayError {
    const message = 'The ledger of this account can not be reached, and nothing was charged. Try again.';
    return new GatewayError('ledger_unavailable', message, { retryAfterMs: 1000, shouldRetry: true, cause });
  }
}

function isDenied(reply: object): reply is DeniedReply {
  return 'kind' in reply && reply.kind === 'denied';
}
