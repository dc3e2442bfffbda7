import type { Bound, HoldId } from '../../ledger/command.ts';
import { type AdoptedAt, type Hold, openHold } from '../../ledger/state.ts';
import type { PendingReply } from '../execute.ts';
import { modelNames } from '../../ledger/limit.ts';
import type { TenantState } from '../fold.ts';
import type { AdmitReply, AdmitRequest, ExtendReply } from '../protocol.ts';
import { FoldError, type Row } from '../row.ts';
import type { Answer, Caller } from '../waiting-admits.ts';
import type { Ask, AskReply, AskRequest, Trim } from './ask.ts';
import { asksMax } from './ask-limits.ts';
import { type Asking, askOf, askingOf, executeAnswered, isAnswered, isTurnOf } from './asking.ts';

type Waiting = Caller<AdmitReply | ExtendReply>;

interface Entry {
  readonly asking: Asking;
  readonly callers: Waiting[];
  /**
   * An instance that is gone has asked, and may have told its router. If it has, all above hold the call, and say so
   * when they are asked again. Until they have, the hold is kept.
   */
  readonly isUnsure: boolean;
}

/** The calls of an account for which others above are asked. */
export class Asks {
  readonly #state: TenantState;
  readonly #entries = new Map<HoldId, Entry>();
  readonly #trims = new Map<string, Trim[]>();
  /** Accounts above that are to be told of holds which were there before they were asked. */
  #adopting: ReadonlySet<string> = new Set();
  readonly #adopted: { readonly by: string; readonly through: number }[] = [];

  constructor(state: TenantState) {
    this.#state = state;
    this.lookForAdoptions();
    // An extension that was cut off is asked for again by its router. It holds what it needs here.
    for (const hold of state.ledger.open.values())
      if (hold.asking === true && hold.attempt === 1) this.#doubt(hold, []);
  }

  /** What is known of a hold: whether its router may have been told of it. */
  isTold(holdId: HoldId): 'told' | 'untold' | 'unsure' {
    const entry = this.#entries.get(holdId);
    if (entry === undefined || entry.asking.attempt > 1) return 'told';
    return entry.isUnsure ? 'unsure' : 'untold';
  }

  /** Whether somebody above has not acknowledged yet which calls are open. */
  get isAdopting(): boolean {
    return this.#adopting.size > 0;
  }

  lookForAdoptions(): void {
    const found = new Set<string>();
    for (const { asked = [] } of this.#state.ledger.open.values()) {
      for (const { to, adopting } of asked) if (adopting !== undefined) found.add(to);
    }
    this.#adopting = found;
  }

  /**
   * Asks for a hold that was just made, or joins those who wait for its answer. If it was made by an instance that is
   * gone, it is asked for as it is.
   */
  askFor({ holdId, repeated }: PendingReply, bound: Bound, caller: Waiting, request?: AdmitRequest): void {
    const entry = this.#entries.get(holdId);
    const hold = openHold(this.#state.ledger, holdId);
    if (entry?.asking.attempt === hold.attempt) entry.callers.push(caller);
    else {
      const how = { isAgain: repeated, ...(request === undefined ? {} : { request }) };
      const asking = askingOf(hold, repeated ? exactBound(hold) : bound, how);
      this.#entries.set(holdId, { asking, callers: [caller], isUnsure: false });
    }
  }

  /** Those to whom something is to be said now. What they are asked for is on disk. */
  targets(): string[] {
    const found = new Set([...this.#adopting, ...this.awaited()]);
    for (const { asking } of this.#entries.values()) {
      for (const level of asking.levels) if (isTurnOf(asking, level)) found.add(level.to);
    }
    return [...found];
  }

  /** Those of them for whose answer somebody waits. */
  awaited(): string[] {
    const found = new Set(this.#trims.keys());
    for (const { asking, callers } of this.#entries.values()) {
      if (callers.length === 0) continue;
      for (const level of asking.levels) if (isTurnOf(asking, level)) found.add(level.to);
    }
    return [...found];
  }

  /** No call with a lower number will be asked for any more. Undefined if this account asks for nothing. */
  floorFor(to: string): number | undefined {
    const { ledger, hasAsks } = this.#state;
    if (!hasAsks) return undefined;
    let floor = ledger.ordinal + 1;
    for (const { asking } of this.#entries.values()) {
      for (const level of asking.levels) if (level.to === to) floor = Math.min(floor, level.n);
    }
    const adoptions = this.#adopting.has(to) ? this.#adoptions(to) : [];
    return Math.min(floor, adoptions[0]?.n ?? floor);
  }

  isAdoptingBy(to: string): boolean {
    return this.#adopting.has(to);
  }

  /** What to say to an account above now. Open calls come before anything else, because their numbers are lower. */
  next(to: string): Pick<AskRequest, 'asks' | 'trims'> {
    if (this.#adopting.has(to)) return { asks: this.#adoptions(to).slice(0, asksMax), trims: [] };
    const trims = this.#trims.get(to) ?? [];
    this.#trims.delete(to);
    const asks: Ask[] = [];
    for (const { asking } of this.#entries.values()) {
      const hold = this.#state.ledger.open.get(asking.holdId);
      const level = asking.levels.find((each) => each.to === to && isTurnOf(asking, each));
      if (level === undefined || asks.length >= asksMax) continue;
      level.isSent = true;
      // It has ended meanwhile: nobody is asked for it any more.
      if (hold === undefined) level.answered = { answer: { kind: 'ended' } };
      else asks.push(askOf(asking, hold, level.n));
    }
    return { asks, trims };
  }

  /**
   * Notes what an account above has answered. Undefined if it has not: then it is asked for nothing more either. One
   * that can't take in the calls that are open can't answer for others.
   */
  heard(to: string, { asks }: Pick<AskRequest, 'asks'>, reply: AskReply | undefined): void {
    const answers = new Map(asks.map(({ n }, place) => [n, reply?.answers[place]]));
    const adoptions = asks.filter(({ kind }) => kind === 'adopt').map(({ n }) => n);
    const denied = adoptions.map((n) => answers.get(n)).find((answer) => answer?.kind === 'denied');
    const forAll = reply === undefined ? ({ kind: 'unanswered' } as const) : denied;
    if (adoptions.length > 0 && forAll === undefined) this.#adopted.push({ by: to, through: Math.max(...adoptions) });
    for (const { asking } of this.#entries.values()) {
      for (const level of asking.levels) {
        if (level.to !== to || level.answered !== undefined) continue;
        const answer = forAll ?? (level.isSent ? answers.get(level.n) : undefined);
        if (answer !== undefined) level.answered = { answer, level: reply?.level };
      }
    }
  }

  /** Whether there is something that `execute` decides. */
  get hasAnswers(): boolean {
    return this.#adopted.length > 0 || this.#entries.values().some(({ asking }) => isAnswered(asking));
  }

  /**
   * Decides what becomes of the calls for which all have answered, as many as the row takes. Returns the answers for
   * those who wait.
   */
  execute(row: Row): Answer {
    for (const adopted of this.#adopted.splice(0)) row.record({ type: 'adopted', ...adopted });
    this.lookForAdoptions();
    const answers: Answer[] = [];
    const waiting: Waiting[] = [];
    try {
      for (const [id, entry] of this.#entries) {
        if (row.isFull) break;
        if (!isAnswered(entry.asking)) continue;
        this.#entries.delete(id);
        waiting.push(...entry.callers);
        answers.push(...this.#resolve(entry, row));
      }
    } catch (error) {
      for (const { reject } of waiting) reject(error);
      throw error;
    }
    return {
      say: () => answers.forEach(({ say }) => say()),
      reject: (error) => waiting.forEach(({ reject }) => reject(error)),
    };
  }

  rejectAll(error: unknown): void {
    for (const { callers } of this.#entries.values()) for (const { reject } of callers) reject(error);
    this.#entries.clear();
  }

  /** Asks again for what may have been told. */
  #doubt(hold: Hold, callers: Waiting[]): void {
    this.#entries.set(hold.id, {
      asking: askingOf(hold, exactBound(hold), { isAgain: true }),
      callers,
      isUnsure: true,
    });
  }

  #resolve({ asking, callers, isUnsure }: Entry, row: Row): Answer[] {
    try {
      const hold = this.#state.ledger.open.get(asking.holdId);
      const silent = isUnsure && hold?.asking === true ? asking.levels.find(isSilent) : undefined;
      if (hold !== undefined && silent !== undefined) {
        this.#doubt(hold, []);
        const reply = { kind: 'denied', reason: 'unanswered', account: silent.to } as const;
        return callers.map(({ resolve, reject }) => ({ say: () => resolve(reply), reject }));
      }
      const { reply, trims } = executeAnswered(this.#state, asking, row);
      for (const { to, trim } of trims) this.#trims.set(to, [...(this.#trims.get(to) ?? []), trim]);
      if (reply.kind !== 'pending')
        return callers.map(({ resolve, reject }) => ({ say: () => resolve(reply), reject }));
      const next = this.#state.ledger.open.get(reply.holdId);
      if (next !== undefined) {
        const { request } = asking;
        const how = { isInOrder: true, ...(request === undefined ? {} : { request }) };
        const again = askingOf(next, request?.call.bound ?? asking.bound, how);
        this.#entries.set(next.id, { asking: again, callers, isUnsure: false });
      }
      return [];
    } catch (error) {
      if (error instanceof FoldError) throw error;
      return callers.map(({ reject }) => ({ say: () => reject(error), reject }));
    }
  }

  #adoptions(to: string): Ask[] {
    return [...this.#state.ledger.open.values()]
      .flatMap((hold) => {
        const found = hold.asked?.find((each) => each.to === to && each.adopting !== undefined);
        return found?.adopting === undefined ? [] : [adoptionOf(hold, found.n, found.adopting)];
      })
      .toSorted((one, other) => one.n - other.n);
  }
}

/** Whether an account above has said nothing of the call. One that has lost its ledger knows nothing. */
function isSilent({ answered }: Asking['levels'][number]): boolean {
  const answer = answered?.answer;
  return answer?.kind === 'unanswered' || (answer?.kind === 'denied' && answer.reason === 'lost');
}

function adoptionOf(hold: Hold, n: number, { spentTokens, spentNanoUsd }: AdoptedAt): Ask {
  const { attempt, endpoint, stream, bounded } = hold;
  const call = { endpoint, stream, bounded, bound: exactBound(hold) };
  return { kind: 'adopt', n, attempt, spentTokens, spentNanoUsd, call };
}

/** A bound that is what the hold is, and no less. */
function exactBound(hold: Hold): Bound {
  return {
    ...modelNames(hold),
    fixedTokens: hold.tokens,
    fixedNanoUsd: hold.nanoUsd,
    tokensPerCapToken: 0,
    picoUsdPerCapToken: 0,
    capWanted: hold.cap,
    capLeast: hold.cap,
  };
}
