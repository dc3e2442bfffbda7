import type { Endpoint, ModelNames } from '../../../src/core/ledger/limit.ts';
import type { JournalRow } from '../../../src/core/account/store.ts';
import { broken } from '../broken-promise.ts';

export interface NaiveSpent {
  readonly at: number;
  readonly model: string;
  readonly requests: number;
  readonly costNanoUsd: number;
}

export interface NaiveCharge extends ModelNames {
  readonly at: number;
  readonly endpoint: Endpoint;
  readonly requests: number;
  tokens: number;
  nanoUsd: number;
  /** Where in its ledger it was charged. Undefined of an opening, which says only what standing counters say. */
  readonly place: number | undefined;
  /** When an opening said it, by the clock of its account: what had left a window by then, it did not say. */
  readonly opened?: { readonly chargeAt: number; readonly at: number };
}

/** What an event means to the accounts above. */
export interface NaiveDebt {
  readonly seq: number;
  readonly to: readonly string[];
  readonly charges: readonly NaiveCharge[];
  /** It takes back a part of what was charged at this place. */
  readonly corrects?: { readonly place: number; readonly tokens: number; readonly nanoUsd: number };
  readonly spent: readonly NaiveSpent[];
  /** What the call has come to so far, for those above that were asked for it, each by the place in which it was. */
  readonly call?: NaiveTotal;
}

export interface NaiveTotal {
  readonly asked: ReadonlyMap<string, number>;
  /** Those of them that were asked before anybody was told of the call. */
  readonly askedFirst: readonly string[];
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly hasEnded: boolean;
}

interface NaiveCall {
  readonly id: string;
  at: number;
  readonly endpoint: Endpoint;
  chain: readonly string[];
  names: ModelNames;
  tokens: number;
  nanoUsd: number;
  spentTokens: number;
  spentNanoUsd: number;
  readonly asked: Map<string, number>;
  readonly askedFirst: readonly string[];
  expiredPlace?: number;
}

interface NaiveOwner {
  readonly userId: string;
  readonly organizationId?: string;
  readonly organizationName?: string;
  readonly parentId?: string;
}

/** The events of a row as they are on disk. Their types are the code's; only some are looked at here. */
interface Event {
  readonly type: string;
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly model: string;
  readonly aliases?: readonly string[];
  readonly unlisted?: boolean;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly spentTokens: number;
  readonly spentNanoUsd: number;
  readonly setBackTo?: number;
  readonly chain?: readonly string[];
  readonly asked?: readonly string[];
  readonly to?: readonly string[];
  readonly refusedBy?: readonly string[];
  readonly facts?: { readonly model?: string };
  readonly account?: NaiveOwner;
}

/** What an account was told, and what its ledger has no part in. */
const tellings: ReadonlySet<string> = new Set([
  'account-set',
  'plan-set',
  'level-set',
  'uplinks-set',
  'uplinks-renamed',
  'delivered',
]);

const hasLedger = (id: string): boolean => id.startsWith('u_') || id.startsWith('o_');

/**
 * What one ledger of a key owes, worked out from the plain facts in its rows: what the code under test says that it
 * owes is not looked at.
 */
export class NaiveChild {
  readonly debts: NaiveDebt[] = [];
  readonly #calls = new Map<string, NaiveCall>();
  #charges: NaiveCharge[] = [];
  readonly #spent: NaiveSpent[] = [];
  readonly #known = new Set<string>();
  #owner: NaiveOwner | undefined;
  #place = 0;
  /** Events of the ledger alone: by their number, those above know a call. */
  #number = 0;
  #seq = 0;

  read(row: JournalRow): void {
    if (row.seq !== this.#seq + 1) broken('durable', `row ${row.seq} follows row ${this.#seq}`);
    this.#seq = row.seq;
    const [, ...events] = JSON.parse(row.events) as [number, ...Event[]];
    for (const event of events) {
      this.#place += 1;
      if (!tellings.has(event.type)) this.#number += 1;
      this.#take(event, row.at);
    }
  }

  #take(event: Event, at: number): void {
    switch (event.type) {
      case 'account-set':
        return this.#belongs(event.account, at);
      case 'reset':
        this.#charges = [];
        for (const call of this.#calls.values()) call.at = Math.min(call.at, event.setBackTo ?? call.at);
        return;
      case 'admitted': {
        const { id, endpoint, tokens, nanoUsd, chain = [], asked = [] } = event;
        const amounts = { tokens, nanoUsd, spentTokens: 0, spentNanoUsd: 0 };
        const places = new Map(asked.map((to) => [to, this.#number]));
        this.#calls.set(id, {
          id,
          at,
          endpoint,
          chain,
          names: namesOf(event),
          ...amounts,
          asked: places,
          askedFirst: asked,
        });
        return;
      }
      case 'confirmed':
        Object.assign(this.#call(event), { tokens: event.tokens, nanoUsd: event.nanoUsd });
        return;
      case 'asked':
        for (const to of event.to ?? []) this.#call(event).asked.set(to, this.#number);
        return;
      case 'released': {
        const call = this.#call(event);
        for (const id of event.refusedBy ?? []) call.asked.delete(id);
        return this.#owe(call, [], [], totalOf(call, 0, 0, true));
      }
      case 'extended': {
        const call = this.#call(event);
        const charge = this.#charge(call, 0, event.spentTokens, event.spentNanoUsd);
        this.#owe(call, [charge], [], totalOf(call, event.spentTokens, event.spentNanoUsd, false));
        call.spentTokens += event.spentTokens;
        call.spentNanoUsd += event.spentNanoUsd;
        Object.assign(call, { names: namesOf(event), tokens: event.tokens, nanoUsd: event.nanoUsd });
        return;
      }
      case 'settled': {
        const call = this.#call(event);
        const charge = this.#charge(call, 1, event.tokens, event.nanoUsd);
        const spent = spentOn(call, event, 1, event.nanoUsd + call.spentNanoUsd);
        return this.#owe(call, [charge], [spent], totalOf(call, event.tokens, event.nanoUsd, true));
      }
      case 'expired': {
        const call = this.#call(event);
        call.expiredPlace = this.#place;
        const charge = this.#charge(call, 1, call.tokens, call.nanoUsd);
        const spent = spentOn(call, event, 1, call.nanoUsd + call.spentNanoUsd);
        this.#owe(call, [charge], [spent], totalOf(call, call.tokens, call.nanoUsd, true));
        // A correction goes where its charge has gone.
        if (this.#known.size > 0) call.chain = this.debts.at(-1)?.to ?? [];
        return;
      }
      case 'corrected': {
        const call = this.#call(event);
        const { expiredPlace: place } = call;
        if (place === undefined) return broken('exactly once', `${call.id} was corrected, and had not expired`);
        const less = { place, tokens: event.tokens - call.tokens, nanoUsd: event.nanoUsd - call.nanoUsd };
        correct(this.#charges, less);
        const spent = [spentOn(call, {}, -1, -call.nanoUsd), spentOn(call, event, 1, event.nanoUsd)];
        return this.#owe(call, [], spent, undefined, less);
      }
      case 'voided': {
        const call = this.#call(event);
        return this.#owe(call, [], [spentOn(call, event, 0, call.spentNanoUsd)], totalOf(call, 0, 0, true));
      }
      default:
    }
  }

  /** An old release owed nothing, and gave no ledgers to organisations: what it counted is owed when they are found. */
  #belongs(account: NaiveOwner | undefined, at: number): void {
    if (account === undefined) return;
    const { userId, organizationId, parentId, organizationName } = account;
    const isFirst = this.#known.size === 0;
    const isSameOrganization =
      this.#owner?.organizationId !== undefined && this.#owner.organizationId === organizationName;
    this.#owner = account;
    const above = [userId, organizationId, parentId].filter((id) => id !== undefined);
    const found = above.filter((id) => hasLedger(id) && !this.#known.has(id));
    for (const id of found) this.#known.add(id);
    const to = found.filter((id) => (id === userId ? isFirst : isSameOrganization));
    const charges = this.#charges.map((charge) => ({
      ...charge,
      place: undefined,
      opened: { chargeAt: charge.at, at },
    }));
    this.debts.push({ seq: this.#seq, to, charges, spent: [...this.#spent] });
  }

  #owe(
    call: NaiveCall,
    charges: readonly NaiveCharge[],
    spent: readonly NaiveSpent[],
    total: NaiveTotal | undefined,
    corrects?: NaiveDebt['corrects'],
  ): void {
    const { organizationId, organizationName } = this.#owner ?? {};
    const chain = call.chain.map((id) => (id === organizationName ? (organizationId ?? id) : id)).filter(hasLedger);
    // Who has no hold of a call does not hear of an end that charges nothing.
    const isCharged =
      charges.length + spent.filter(({ requests, costNanoUsd }) => requests !== 0 || costNanoUsd !== 0).length > 0;
    const to = [...new Set([...(isCharged ? chain : []), ...(total?.asked.keys() ?? [])])];
    this.#charges.push(...charges);
    this.#spent.push(...spent);
    const copies = charges.map((charge) => ({ ...charge }));
    this.debts.push({
      seq: this.#seq,
      to,
      charges: copies,
      spent,
      ...(corrects && { corrects }),
      ...(total && { call: total }),
    });
  }

  #call({ id }: Event): NaiveCall {
    return this.#calls.get(id) ?? broken('durable', `hold ${id} ends, and was never admitted`);
  }

  #charge({ at, endpoint, names }: NaiveCall, requests: number, tokens: number, nanoUsd: number): NaiveCharge {
    return { ...names, at, endpoint, requests, tokens, nanoUsd, place: this.#place };
  }
}

export function isNothing({ charges, spent, call }: NaiveDebt): boolean {
  if (call !== undefined && call.hasEnded && call.asked.size > 0) return false;
  const isCharged = charges.some(({ requests, tokens, nanoUsd }) => requests + tokens + nanoUsd > 0);
  return !isCharged && spent.every(({ requests, costNanoUsd }) => requests === 0 && costNanoUsd === 0);
}

function totalOf(call: NaiveCall, tokens: number, nanoUsd: number, hasEnded: boolean): NaiveTotal {
  const total = { tokens: call.spentTokens + tokens, nanoUsd: call.spentNanoUsd + nanoUsd };
  return { asked: new Map(call.asked), askedFirst: call.askedFirst, ...total, hasEnded };
}

export function correct(charges: readonly NaiveCharge[], less: NonNullable<NaiveDebt['corrects']>): void {
  const charge = charges.find(({ place }) => place === less.place);
  if (charge === undefined) return;
  charge.tokens += less.tokens;
  charge.nanoUsd += less.nanoUsd;
}

function spentOn(call: NaiveCall, { facts }: Pick<Event, 'facts'>, requests: number, costNanoUsd: number): NaiveSpent {
  return { at: call.at, model: facts?.model ?? call.names.model, requests, costNanoUsd };
}

function namesOf({ model, aliases, unlisted }: Event): ModelNames {
  return { model, ...(aliases && { aliases }), ...(unlisted && { unlisted }) };
}
