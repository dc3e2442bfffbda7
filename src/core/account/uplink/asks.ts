import type { Bound, HoldId } from '../../ledger/command.ts';
import type { Hold } from '../../ledger/state.ts';
import type { TenantState } from '../fold.ts';
import type { AdmitReply, AdmitRequest, ExtendReply } from '../protocol.ts';
import { FoldError, type Row } from '../row.ts';
import type { Answer, Caller } from '../waiting-admits.ts';
import type { Ask, AskReply, AskRequest, Trim } from './ask.ts';
import { asksMax } from './ask-limits.ts';
import { type Answered, type Asking, askOf, askingOf, executeAnswered, isAnswered, isTurnOf } from './asking.ts';

type Waiting = Caller<AdmitReply | ExtendReply>;

interface Entry {
  readonly asking: Asking;
  readonly callers: Waiting[];
}

/**
 * The calls of an account for which others above are asked. It is in memory: after a crash nobody has been told of such
 * a call, so its hold is given back everywhere.
 */
export class Asks {
  readonly #state: TenantState;
  readonly #entries = new Map<HoldId, Entry>();
  readonly #trims = new Map<string, Trim[]>();
  /** Accounts above that are to be told of holds which were there before they were asked. */
  #adopting: ReadonlySet<string> = new Set();
  readonly #adoptedBy: string[] = [];

  constructor(state: TenantState) {
    this.#state = state;
    this.lookForAdoptions();
  }

  /** Whether somebody above has not acknowledged yet which calls are open. */
  get isAdopting(): boolean {
    return this.#adopting.size > 0;
  }

  lookForAdoptions(): void {
    const found = new Set<string>();
    for (const { asked = [] } of this.#state.ledger.open.values()) {
      for (const { to, isAdopting } of asked) if (isAdopting === true) found.add(to);
    }
    this.#adopting = found;
  }

  /** Asks for a hold that was just made, or joins those who wait for its answer. */
  askFor(holdId: HoldId, bound: Bound, caller: Waiting, request?: AdmitRequest): void {
    const entry = this.#entries.get(holdId);
    const hold = this.#state.ledger.open.get(holdId);
    if (hold === undefined || entry?.asking.attempt === hold.attempt) entry?.callers.push(caller);
    else this.#entries.set(holdId, { asking: askingOf(hold, bound, request), callers: [caller] });
  }

  /** Those to whom something is to be said now. What they are asked for is on disk. */
  targets(): string[] {
    const found = new Set([...this.#adopting, ...this.#trims.keys()]);
    for (const { asking } of this.#entries.values()) {
      for (const level of asking.levels) if (isTurnOf(asking, level)) found.add(level.to);
    }
    return [...found];
  }

  isAdoptingBy(to: string): boolean {
    return this.#adopting.has(to);
  }

  /** What to say to an account above now. Open calls come before anything else, because their numbers are lower. */
  next(to: string): Pick<AskRequest, 'asks' | 'trims'> {
    if (this.#adopting.has(to)) return { asks: this.#adoptions(to), trims: [] };
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

  /** Notes what an account above has answered. Undefined if it has not: then it is asked for nothing more either. */
  heard(to: string, { asks }: Pick<AskRequest, 'asks'>, reply: AskReply | undefined): void {
    if (asks.some(({ kind }) => kind === 'adopt') || (reply !== undefined && this.#adopting.has(to))) {
      if (reply !== undefined && reply.answers.every(({ kind }) => kind === 'granted' || kind === 'ended'))
        this.#adoptedBy.push(to);
    }
    const answers = new Map(asks.map(({ n }, place) => [n, reply?.answers[place]]));
    for (const { asking } of this.#entries.values()) {
      for (const level of asking.levels) {
        if (level.to !== to || level.answered !== undefined) continue;
        if (reply === undefined) level.answered = { answer: { kind: 'unanswered' } };
        else if (level.isSent) this.#note(level, answers.get(level.n), reply);
      }
    }
  }

  #note(level: Asking['levels'][number], answer: Answered['answer'] | undefined, { level: stands }: AskReply): void {
    if (answer !== undefined) level.answered = { answer, level: stands };
  }

  /** Decides what becomes of the calls for which all have answered, and returns the answers for those who wait. */
  execute(row: Row): Answer {
    for (const by of this.#adoptedBy.splice(0)) row.record({ type: 'adopted', by });
    this.lookForAdoptions();
    const done = [...this.#entries.values()].filter(({ asking }) => isAnswered(asking));
    for (const { asking } of done) this.#entries.delete(asking.holdId);
    const waiting = done.flatMap(({ callers }) => callers);
    const answers: Answer[] = [];
    try {
      for (const entry of done) answers.push(...this.#resolve(entry, row));
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

  #resolve({ asking, callers }: Entry, row: Row): Answer[] {
    try {
      const { reply, trims } = executeAnswered(this.#state, asking, row);
      for (const { to, trim } of trims) this.#trims.set(to, [...(this.#trims.get(to) ?? []), trim]);
      if (reply.kind !== 'pending')
        return callers.map(({ resolve, reject }) => ({ say: () => resolve(reply), reject }));
      const hold = this.#state.ledger.open.get(reply.holdId);
      if (hold !== undefined) {
        this.#entries.set(hold.id, { asking: askingOf(hold, asking.bound, asking.request, true), callers });
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
        const found = hold.asked?.find((each) => each.to === to && each.isAdopting === true);
        return found === undefined ? [] : [adoptionOf(hold, found.n)];
      })
      .toSorted((one, other) => one.n - other.n);
  }
}

function adoptionOf(hold: Hold, n: number): Ask {
  const { attempt, spentTokens, spentNanoUsd, endpoint, stream, bounded, tokens, nanoUsd, cap, model } = hold;
  const { aliases, unlisted } = hold;
  const bound = {
    model,
    ...(aliases === undefined ? {} : { aliases }),
    ...(unlisted === undefined ? {} : { unlisted }),
    fixedTokens: tokens,
    fixedNanoUsd: nanoUsd,
    tokensPerCapToken: 0,
    picoUsdPerCapToken: 0,
    capWanted: cap,
    capLeast: cap,
  };
  return { kind: 'adopt', n, attempt, spentTokens, spentNanoUsd, call: { endpoint, stream, bounded, bound } };
}
