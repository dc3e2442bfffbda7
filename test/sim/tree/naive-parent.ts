import { type Counter, standing } from '../../../src/core/ledger/counter.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import type { Limit } from '../../../src/core/ledger/limit.ts';
import type { TenantState } from '../../../src/core/account/fold.ts';
import type { JournalRow } from '../../../src/core/account/store.ts';
import { broken } from '../broken-promise.ts';
import { countsAt } from '../naive-periods.ts';
import { inScope, isStanding, keyOf } from '../naive-scope.ts';
import { type NaiveCharge, type NaiveChild, type NaiveSpent, correct } from './naive-child.ts';

/** The facts of a parent's rows that are looked at. */
interface Event {
  readonly type: string;
  readonly limits?: readonly Limit[];
  readonly from: string;
  readonly ledger: string;
  readonly through: { readonly seq: number };
  readonly setBackTo?: number;
}

type Taken = Omit<NaiveCharge, 'at'> & { at: number; readonly child: string; readonly ordinal: number };

/**
 * What an account has counted of those below it, as it must be: its own rows say only up to which row of whom it has
 * taken. What that comes to is read from the rows of the accounts below, each charge kept with its moment.
 */
export class NaiveParent {
  readonly #id: string;
  readonly #childOf: (key: string, ledger: string) => NaiveChild;
  readonly #marks = new Map<string, number>();
  readonly #births = new Map<string, number>();
  readonly #charges: Taken[] = [];
  readonly #spent: NaiveSpent[] = [];
  #ordinal = 0;
  #resetOrdinal = 0;

  constructor(id: string, childOf: (key: string, ledger: string) => NaiveChild) {
    this.#id = id;
    this.#childOf = childOf;
  }

  read({ at, events: text }: JournalRow): void {
    const [, ...events] = JSON.parse(text) as [number, ...Event[]];
    for (const event of events) {
      this.#ordinal += 1;
      if (event.type === 'taken') this.#take(event, at);
      if (event.type === 'limits-set') this.#limit(event.limits ?? []);
      if (event.type !== 'reset') continue;
      this.#resetOrdinal = this.#ordinal;
      const { setBackTo } = event;
      if (setBackTo !== undefined) for (const charge of this.#charges) charge.at = Math.min(charge.at, setBackTo);
    }
  }

  /** Up to which row of a ledger everything was taken. */
  markOf(key: string, ledger: string): number {
    return this.#marks.get(`${key} ${ledger}`) ?? 0;
  }

  check({ ledger, spend }: TenantState, nowMs: number): void {
    const at = epochMs(Math.max(nowMs, ledger.at));
    for (const counter of ledger.counters.values()) {
      const { posted } = standing(counter, at);
      const expected = this.#posted(counter, at);
      if (posted !== expected) broken('conservation', `${this.#id}: ${counter.key} posts ${posted}, not ${expected}`);
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

  #take({ from, ledger, through: { seq } }: Event, at: number): void {
    const mark = this.markOf(from, ledger);
    if (seq <= mark)
      broken('exactly once', `${this.#id} took row ${seq} of ${from}, and had taken all through ${mark}`);
    this.#marks.set(`${from} ${ledger}`, seq);
    const child = `${from} ${ledger}`;
    for (const debt of this.#childOf(from, ledger).debts) {
      if (debt.seq <= mark || debt.seq > seq || !debt.to.includes(this.#id)) continue;
      for (const charge of debt.charges) {
        this.#charges.push({ ...charge, at: Math.min(charge.at, at), child, ordinal: this.#ordinal });
      }
      const { corrects } = debt;
      const ofChild = this.#charges.filter((charge) => charge.child === child);
      if (corrects !== undefined) correct(ofChild, corrects);
      this.#spent.push(...debt.spent);
    }
  }

  #limit(limits: readonly Limit[]): void {
    for (const limit of limits) {
      const key = keyOf(limit);
      if (!isStanding(limit) && !this.#births.has(key)) this.#births.set(key, this.#ordinal);
    }
  }

  #posted(counter: Counter, at: number): number {
    const { metric, window, scope } = counter;
    const since = Math.max(this.#resetOrdinal, this.#births.get(keyOf(counter)) ?? 0);
    let posted = 0;
    for (const charge of this.#charges) {
      const { opened } = charge;
      if (opened !== undefined && !(isStanding(counter) && countsAt(window, opened.chargeAt, opened.at))) continue;
      if (charge.ordinal <= since || !inScope(scope, charge) || !countsAt(window, charge.at, at)) continue;
      if (metric === 'requests') posted += charge.requests;
      if (metric === 'tokens') posted += charge.tokens;
      if (metric === 'usd') posted += charge.nanoUsd;
    }
    return posted;
  }
}

function sum(spent: readonly NaiveSpent[], what: 'requests' | 'costNanoUsd'): number {
  return spent.reduce((total, each) => total + each[what], 0);
}
