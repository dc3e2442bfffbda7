import type { Command, CommandOf, CommandOutcome, CommandReply, Method, ReplyTo } from '../../core/account/exchange.ts';
import type { Env } from '../../env.ts';
import { aloneMs, exchangeCommandsMax, gatherMs, tripMsMax, tripsMax } from '../../limits.ts';
import { steadyNowMs } from '../../steady-time.ts';

/** If whoever was to take a command along has not done so by then, it sets out by itself. */
export const leftBehindMs = 50 * gatherMs;

/** Whoever travels with others and has heard nothing for so long asks by itself, if whoever led the trip is gone. */
export const ledMsMax = 3000;

/** What a request lends to a lane. The platform ties I/O to the request that began it, and timers too. */
export interface Sender {
  readonly alone: (command: Command) => Promise<CommandReply>;
  /** The same for a command that may be under way already, or be taken along yet. */
  readonly again: (command: Command) => Promise<CommandReply>;
  readonly together: (commands: readonly Command[]) => Promise<readonly CommandOutcome[]>;
  readonly after: (ms: number, fire: () => void) => void;
  /** Whether its client is still there. If not, what it has begun may never come back. */
  readonly isThere: () => boolean;
}

/** A command that waits for a trip. Its promises were made by its own request, which so goes on when they are kept. */
interface Waiting {
  readonly command: Command;
  readonly sinceMs: number;
  /** It is its request's turn to set out, with all that wait. */
  readonly turn: PromiseWithResolvers<void>;
  readonly departure: PromiseWithResolvers<void>;
  readonly answer: PromiseWithResolvers<CommandReply>;
  /** Whether it was told that it is its turn. If it still waits later, its request may have vanished. */
  isCalled: boolean;
  /** Whoever leads the trip that has taken it along; undefined while it is in line. */
  leader: Sender | undefined;
  isAnswered: boolean;
}

export interface Sent<Reply> {
  /** Takes the command out of the line; undefined if its own request has begun its trip. */
  readonly withdraw?: () => void;
  /** When the command is on its way; undefined if it is by now. */
  readonly departed: Promise<void> | undefined;
  readonly reply: Promise<Reply>;
}

/**
 * The commands of one isolate to one account. A command that finds nothing under way sets out at once, and alone. While
 * a trip is under way, others gather, and the next trip takes them all. So under load a call costs a share of a trip,
 * and a lone call costs no more time than without a lane.
 *
 * A trip is begun by a request whose command goes along, since a request that has ended can't do I/O. A request that
 * vanishes wedges nothing: its trip counts only for a while, and whoever was to wait for it sets out by itself.
 */
export class AccountLane {
  readonly #waiting: Waiting[] = [];
  /** When each trip under way counts no more. A settlement that travels alone is none: nobody waits for it. */
  readonly #trips = new Set<{ readonly untilMs: number }>();
  #togetherFromMs = Number.NEGATIVE_INFINITY;
  /** When the last settlement, or void, set out alone. */
  #endedAloneMs = Number.NEGATIVE_INFINITY;

  /** @param isUrgent whether the command sets out at once, whatever is under way: then it takes along all that wait */
  send<M extends Method>(command: CommandOf<M>, sender: Sender, isUrgent?: boolean): Sent<ReplyTo<M>>;
  send(command: Command, sender: Sender, isUrgent = false): Sent<CommandReply> {
    const nowMs = steadyNowMs();
    const [first] = this.#waiting;
    const underWay = this.#underWay(nowMs);
    const hasRoom = underWay < tripsMax;
    // A settlement that travels alone is no trip that others would wait for. But the next ones that soon do.
    const isPutOff = isEnd(command) && nowMs - this.#endedAloneMs < gatherMs;
    const isLone = first === undefined && (isUrgent || (underWay === 0 && !isPutOff));
    if (isLone || (isUrgent && !hasRoom) || nowMs < this.#togetherFromMs) {
      return { departed: undefined, reply: this.#goAlone(command, sender, nowMs) };
    }
    const [turn, departure] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const answer = Promise.withResolvers<CommandReply>();
    const waiting: Waiting = {
      command,
      sinceMs: nowMs,
      turn,
      departure,
      answer,
      isCalled: false,
      leader: undefined,
      isAnswered: false,
    };
    this.#waiting.push(waiting);
    const isFull = hasRoom && this.#waiting.length >= exchangeCommandsMax;
    const isFirstGone = first !== undefined && nowMs - first.sinceMs >= leftBehindMs;
    const isFree = underWay === 0 && !isEnd(command);
    if (isUrgent || isFree || isFull || isFirstGone) void this.#goTogether(sender);
    else void this.#waitForTurn(waiting, sender);
    const reply = answer.promise;
    if (waiting.leader !== undefined) return { departed: undefined, reply };
    return { departed: departure.promise, reply, withdraw: () => this.#withdraw(waiting) };
  }

  async #goAlone(command: Command, sender: Sender, nowMs: number): Promise<CommandReply> {
    if (isEnd(command)) {
      this.#endedAloneMs = nowMs;
      return sender.alone(command);
    }
    const trip = { untilMs: nowMs + tripMsMax };
    this.#trips.add(trip);
    try {
      return await sender.alone(command);
    } finally {
      this.#end(trip);
    }
  }

  /** The first in line sets out when its time is over, and the others where nobody has taken them along. */
  async #waitForTurn(waiting: Waiting, sender: Sender): Promise<void> {
    const isFirst = this.#waiting.length === 1;
    // An account that is only slow is not asked again: repeats would make it slower.
    const lookAfter = (): void => {
      if (waiting.isAnswered) return;
      if (waiting.leader?.isThere() === true) sender.after(ledMsMax, lookAfter);
      else void sender.again(waiting.command).then(waiting.answer.resolve, () => undefined);
    };
    sender.after(isFirst ? gatherMs : leftBehindMs, () => {
      if (!isFirst || this.#underWay(steadyNowMs()) < tripsMax) waiting.turn.resolve();
      if (!waiting.isAnswered) sender.after(ledMsMax, lookAfter);
    });
    await waiting.turn.promise;
    if (waiting.leader === undefined) await this.#goTogether(sender);
  }

  /** Sets out with all that wait, for as many as there is room. */
  async #goTogether(sender: Sender): Promise<void> {
    const taken = this.#waiting.splice(0, exchangeCommandsMax);
    const trip = { untilMs: steadyNowMs() + tripMsMax };
    this.#trips.add(trip);
    const coming = travel(taken, sender);
    for (const each of taken) {
      each.leader = sender;
      each.departure.resolve();
    }
    try {
      const outcomes = await coming;
      for (const [index, { answer }] of taken.entries()) {
        const outcome = outcomes[index];
        if (outcome !== undefined && 'reply' in outcome) answer.resolve(outcome.reply);
        else answer.reject(new Error(outcome?.failed ?? 'the account left a command unanswered'));
      }
    } catch (error) {
      if (isUnknownMethod(error)) this.#togetherFromMs = steadyNowMs() + aloneMs;
      for (const { answer } of taken) answer.reject(error);
    } finally {
      for (const each of taken) each.isAnswered = true;
      this.#end(trip);
    }
  }

  #end(trip: { readonly untilMs: number }): void {
    this.#trips.delete(trip);
    this.#callNext();
  }

  #withdraw(waiting: Waiting): void {
    // Its request has what it needs from elsewhere.
    waiting.isAnswered = true;
    const place = this.#waiting.indexOf(waiting);
    if (place >= 0) this.#waiting.splice(place, 1);
    if (place === 0 || waiting.isCalled) this.#callNext();
  }

  #callNext(): void {
    const next = this.#waiting.find(({ isCalled }) => !isCalled);
    if (next === undefined) return;
    next.isCalled = true;
    next.turn.resolve();
  }

  /** Whether nothing waits, and nothing is under way. */
  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#underWay(steadyNowMs()) === 0;
  }

  #underWay(nowMs: number): number {
    for (const trip of this.#trips) if (trip.untilMs <= nowMs) this.#trips.delete(trip);
    return this.#trips.size;
  }
}

async function travel(taken: readonly Waiting[], sender: Sender): Promise<readonly CommandOutcome[]> {
  const [first, ...others] = taken.map(({ command }) => command);
  if (first === undefined) return [];
  return others.length > 0 ? sender.together([first, ...others]) : [{ reply: await sender.alone(first) }];
}

/** Whether the command ends a call. No client waits for its answer. */
function isEnd({ method }: Command): boolean {
  return method === 'settle' || method === 'voidCall';
}

/** The platform's words for a method that the other side does not have. */
function isUnknownMethod(error: unknown): boolean {
  return error instanceof TypeError && /does not implement .*exchange/.test(error.message);
}

/** If an isolate has so many, it forgets those that are idle. */
export const lanesMax = 1000;

/** The lanes of an isolate, by account. */
const lanes = new WeakMap<Env['TENANT'], Map<string, AccountLane>>();

export function laneOf({ TENANT }: Env, accountId: string): AccountLane {
  const known = lanes.get(TENANT);
  const ofAccounts = known ?? new Map<string, AccountLane>();
  if (known === undefined) lanes.set(TENANT, ofAccounts);
  const found = ofAccounts.get(accountId);
  if (found !== undefined) return found;
  if (ofAccounts.size >= lanesMax) for (const [id, { isIdle }] of ofAccounts) if (isIdle) ofAccounts.delete(id);
  const lane = new AccountLane();
  ofAccounts.set(accountId, lane);
  return lane;
}
