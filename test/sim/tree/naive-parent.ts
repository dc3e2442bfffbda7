import { type Counter, standing } from '../../../src/core/ledger/counter.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import type { Endpoint, Limit, ModelNames } from '../../../src/core/ledger/limit.ts';
import type { TenantState } from '../../../src/core/account/fold.ts';
import type { JournalRow } from '../../../src/core/account/store.ts';
import { broken } from '../broken-promise.ts';
import { countsAt } from '../naive-periods.ts';
import { type Counted, heldBy, inScope, isStanding, keyOf } from '../naive-scope.ts';
import type { NaiveHold, Taken } from './naive-hold.ts';
import {
  type NaiveCharge,
  type NaiveChild,
  type NaiveDebt,
  type NaiveSpent,
  type NaiveTotal,
  correct,
} from './naive-child.ts';

/** The facts of a parent's rows that are looked at. */
interface Event extends ModelNames {
  readonly type: string;
  readonly id: string;
  readonly name: string;
  readonly limits?: readonly Limit[];
  readonly from: string;
  readonly ledger: string;
  readonly through: { readonly seq: number };
  readonly setBackTo?: number;
  readonly endpoint: Endpoint;
  readonly stream: boolean;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly spentTokens: number;
  readonly spentNanoUsd: number;
  readonly spent?: { readonly tokens: number; readonly nanoUsd: number };
}

/**
 * What an account has counted of those below it, as it must be: its own rows say only which holds it has made, and up to
 * which row of whom it has taken. What that comes to is read from the rows of the accounts below, each charge kept with
 * its moment.
 */
export class NaiveParent {
  readonly #id: string;
  readonly #childOf: (key: string, ledger: string) => NaiveChild;
  readonly #marks = new Map<string, number>();
  readonly #births = new Map<string, number>();
  readonly #charges: Taken[] = [];
  readonly #spent: NaiveSpent[] = [];
  /** By the id that the parent gave it, and by name. */
  readonly #holds = new Map<string, NaiveHold>();
  readonly #byName = new Map<string, NaiveHold>();
  /** How many holds were charged because their account was silent. */
  silent = 0;
  #limits: readonly Limit[] = [];
  #ordinal = 0;
  #wallMs = 0;
  #resetOrdinal = 0;

  constructor(id: string, childOf: (key: string, ledger: string) => NaiveChild) {
    this.#id = id;
    this.#childOf = childOf;
  }

  /** `wallMs`: the clock of the account when it wrote the row. */
  read({ at, events: text }: JournalRow, wallMs: number): void {
    this.#wallMs = wallMs;
    const [, ...events] = JSON.parse(text) as [number, ...Event[]];
    let nowMs = at;
    for (const event of events) {
      this.#ordinal += 1;
      this.#fold(event, nowMs);
      if (event.type === 'reset') nowMs = event.setBackTo ?? nowMs;
    }
  }

  /** Up to which row of a ledger everything was taken. */
  markOf(key: string, ledger: string): number {
    return this.#marks.get(`${key} ${ledger}`) ?? 0;
  }

  /** A hold that is open, or was charged because its account was silent. */
  holdOf(name: string): NaiveHold | undefined {
    return this.#byName.get(name);
  }

  openNames(): readonly string[] {
    return [...this.#holds.values()].map(({ name }) => name);
  }

  check({ ledger, spend }: TenantState, nowMs: number): void {
    const at = epochMs(Math.max(nowMs, ledger.at));
    for (const counter of ledger.counters.values()) {
      const { posted, held } = standing(counter, at);
      const expected = this.#posted(counter, at);
      if (posted !== expected) broken('conservation', `${this.#id}: ${counter.key} posts ${posted}, not ${expected}`);
      const reserved = this.#held(counter, at);
      if (held !== reserved) broken('no leak', `${this.#id}: ${counter.key} holds ${held}, not ${reserved}`);
    }
    const costs = sum(this.#spent, 'costNanoUsd');
    if (spend.totalNanoUsd !== costs) broken('conservation', `${this.#id} spent ${spend.totalNanoUsd}, not ${costs}`);
    for (const { model, requests, costNanoUsd } of spend.byModel.values()) {
      const ofModel = this.#spent.filter((spent) => spent.model === model);
      const [known, cost] = [sum(ofModel, 'requests'), sum(ofModel, 'costNanoUsd')];
      if (known !== requests || cost !== costNanoUsd)
        broken('conservation', `${this.#id}: ${model} cost ${costNanoUsd}`);
    }
  }

  /** Whether so much more would be above a limit now. */
  lacksRoom(limit: Limit, needed: number, at: number): boolean {
    return this.#posted(limit, at) + this.#held(limit, at) + needed > limit.max;
  }

  #fold(event: Event, at: number): void {
    switch (event.type) {
      case 'taken':
        return this.#take(event, at);
      case 'limits-set':
        this.#limits = event.limits ?? [];
        return this.#limit(this.#limits);
      case 'admitted': {
        const { name, endpoint, stream, tokens, nanoUsd, spent } = event;
        const posted = { postedTokens: spent?.tokens ?? 0, postedNanoUsd: spent?.nanoUsd ?? 0 };
        const hold = {
          name,
          at,
          madeMs: this.#wallMs,
          endpoint,
          stream,
          names: namesOf(event),
          tokens,
          nanoUsd,
          ...posted,
        };
        if (this.#byName.has(name)) broken('exactly once', `${this.#id} has two holds ${name}`);
        this.#holds.set(event.id, hold);
        this.#byName.set(name, hold);
        // What was there before it was asked for is taken in, whether there is room or not.
        if (spent === undefined) this.#checkRoom(hold, at);
        return;
      }
      case 'extended': {
        const hold = this.#hold(event);
        const { spentTokens: tokens, spentNanoUsd: nanoUsd } = event;
        this.#charge(hold, { requests: 0, tokens, nanoUsd });
        hold.postedTokens += tokens;
        hold.postedNanoUsd += nanoUsd;
        Object.assign(hold, { names: namesOf(event), tokens: event.tokens, nanoUsd: event.nanoUsd });
        return this.#checkRoom(hold, at);
      }
      case 'confirmed':
        Object.assign(this.#hold(event), { tokens: event.tokens, nanoUsd: event.nanoUsd });
        return;
      case 'expired': {
        const hold = this.#hold(event);
        const { tokens, nanoUsd, names, name } = hold;
        if (this.#wallMs < hold.madeMs + silenceMs)
          broken('no leak', `${this.#id} gave ${name} up while its account was there`);
        this.silent += 1;
        this.#holds.delete(event.id);
        const costNanoUsd = nanoUsd + hold.postedNanoUsd;
        hold.charged = { charge: this.#charge(hold, { requests: 1, tokens, nanoUsd }), costNanoUsd };
        this.#spent.push({ at, model: names.model, requests: 1, costNanoUsd });
        return;
      }
      case 'reset': {
        this.#resetOrdinal = this.#ordinal;
        const { setBackTo } = event;
        if (setBackTo === undefined) return;
        for (const each of [...this.#charges, ...this.#byName.values()]) each.at = Math.min(each.at, setBackTo);
        return;
      }
      default:
    }
  }

  #take({ from, ledger, through: { seq } }: Event, at: number): void {
    const mark = this.markOf(from, ledger);
    if (seq <= mark)
      broken('exactly once', `${this.#id} took row ${seq} of ${from}, and had taken all through ${mark}`);
    this.#marks.set(`${from} ${ledger}`, seq);
    const child = `${from} ${ledger}`;
    for (const debt of this.#childOf(from, ledger).debts) {
      if (debt.seq <= mark || debt.seq > seq || !debt.to.includes(this.#id)) continue;
      this.#takeDebt(debt, child, at);
      const { corrects } = debt;
      const ofChild = this.#charges.filter((charge) => charge.child === child);
      if (corrects !== undefined) correct(ofChild, corrects);
      this.#spent.push(...debt.spent);
    }
  }

  #takeDebt({ charges, call }: NaiveDebt, child: string, at: number): void {
    const n = call?.asked.get(this.#id);
    const hold = n === undefined ? undefined : this.#byName.get(`${child} ${n}`);
    if (call === undefined || hold === undefined) {
      const isCharged = charges.some(({ requests }) => requests > 0);
      if (isCharged && call?.askedFirst.includes(this.#id) === true)
        broken('no overrun', `${this.#id} is charged for a call of ${child} that it never granted`);
      for (const charge of charges) {
        this.#charges.push({ ...charge, at: Math.min(charge.at, at), child, ordinal: this.#ordinal });
      }
      return;
    }
    this.#takeOf(hold, call, charges, child);
  }

  /** A call of which there is a hold here counts from the moment of that hold. */
  #takeOf(hold: NaiveHold, call: NaiveTotal, charges: readonly NaiveCharge[], child: string): void {
    const { charged, endpoint } = hold;
    if (call.hasEnded && charged !== undefined) {
      this.#spent.push({ at: hold.at, model: hold.names.model, requests: -1, costNanoUsd: -charged.costNanoUsd });
      Object.assign(charged.charge, { requests: 0, tokens: 0, nanoUsd: 0 });
    }
    const [charge = { ...hold.names, endpoint, requests: 0, place: undefined }] = charges;
    const amounts = { tokens: call.tokens - hold.postedTokens, nanoUsd: call.nanoUsd - hold.postedNanoUsd };
    this.#charges.push({ ...charge, ...amounts, at: hold.at, child, ordinal: this.#ordinal });
    hold.postedTokens = call.tokens;
    hold.postedNanoUsd = call.nanoUsd;
    if (!call.hasEnded) return;
    this.#byName.delete(hold.name);
    for (const [id, each] of this.#holds) if (each === hold) this.#holds.delete(id);
  }

  #charge(hold: NaiveHold, amounts: Pick<Taken, 'requests' | 'tokens' | 'nanoUsd'>): Taken {
    const { at, names, endpoint } = hold;
    const charge = { ...names, at, endpoint, ...amounts, place: undefined, child: '', ordinal: this.#ordinal };
    this.#charges.push(charge);
    return charge;
  }

  /** Nothing that was just admitted is above a limit that counts it. */
  #checkRoom(hold: NaiveHold, at: number): void {
    for (const limit of this.#limits) {
      const counts =
        inScope(limit.scope, { endpoint: hold.endpoint, ...hold.names }) && countsAt(limit.window, hold.at, at);
      if (counts && heldBy(limit.metric, hold) > 0 && this.lacksRoom(limit, 0, at))
        broken('no overrun', `${this.#id} is above ${JSON.stringify(limit)}`);
    }
  }

  #hold({ id }: Event): NaiveHold {
    return this.#holds.get(id) ?? broken('durable', `${this.#id} has no hold ${id}`);
  }

  #limit(limits: readonly Limit[]): void {
    for (const limit of limits) {
      const key = keyOf(limit);
      if (!isStanding(limit) && !this.#births.has(key)) this.#births.set(key, this.#ordinal);
    }
  }

  #held({ metric, window, scope }: Counted, at: number): number {
    let held = 0;
    for (const hold of this.#holds.values()) {
      if (inScope(scope, { endpoint: hold.endpoint, ...hold.names }) && countsAt(window, hold.at, at))
        held += heldBy(metric, hold);
    }
    return held;
  }

  #posted(counted: Counter | Limit, at: number): number {
    const { metric, window, scope } = counted;
    const since = Math.max(this.#resetOrdinal, this.#births.get(keyOf(counted)) ?? 0);
    let posted = 0;
    for (const charge of this.#charges) {
      const { opened } = charge;
      if (opened !== undefined && !(isStanding(counted) && countsAt(window, opened.chargeAt, opened.at))) continue;
      if (charge.ordinal <= since || !inScope(scope, charge) || !countsAt(window, charge.at, at)) continue;
      if (metric === 'requests') posted += charge.requests;
      if (metric === 'tokens') posted += charge.tokens;
      if (metric === 'usd') posted += charge.nanoUsd;
    }
    return posted;
  }
}

/** A call may last an hour, and its end be on its way for a while. */
const silenceMs = 80 * 60_000;

function namesOf({ model, aliases, unlisted }: Event): ModelNames {
  return { model, ...(aliases && { aliases }), ...(unlisted && { unlisted }) };
}

function sum(spent: readonly NaiveSpent[], what: 'requests' | 'costNanoUsd'): number {
  return spent.reduce((total, each) => total + each[what], 0);
}
