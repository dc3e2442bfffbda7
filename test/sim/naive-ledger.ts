import type { HoldId } from '../../src/core/ledger/command.ts';
import type { Endpoint, Limit, Metric, ModelNames } from '../../src/core/ledger/limit.ts';
import type { Window } from '../../src/core/ledger/window.ts';
import { expiredKeepMs } from '../../src/limits.ts';
import type { TenantEvent } from '../../src/core/account/fold.ts';
import { callFacts } from '../../src/core/account/call-end.ts';
import type { Account } from '../../src/core/account/protocol.ts';
import type { CallFacts } from '../../src/core/account/record.ts';
import { broken } from './broken-promise.ts';
import { NaiveClaims } from './naive-claims.ts';
import { NaiveNames } from './naive-names.ts';
import { NaiveResponses } from './naive-responses.ts';
import { countsAt, withinExactly } from './naive-periods.ts';
import { type Counted, heldBy, inScope, isStanding, keyOf } from './naive-scope.ts';

export interface NaiveHold {
  readonly id: HoldId;
  readonly name: string;
  at: number;
  readonly endpoint: Endpoint;
  readonly stream: boolean;
  readonly bounded: boolean;
  model: string;
  aliases?: readonly string[];
  unlisted?: boolean;
  attempt: number;
  tokens: number;
  nanoUsd: number;
  cap: number;
  spentTokens: number;
  spentNanoUsd: number;
  endsBy: number;
  last?: true;
  readonly chain?: readonly string[] | undefined;
}

/** Something that was charged, by a call admitted at `at`. */
interface Charge extends ModelNames {
  readonly at: number;
  readonly endpoint: Endpoint;
  readonly requests: number;
  tokens: number;
  nanoUsd: number;
  /** The event that charged it: counters that began or were reset later do not know of it. */
  readonly ordinal: number;
}

/**
 * A ledger that keeps every charge there ever was, with its exact moment, and adds all of them up again whenever it is
 * asked. It is fed the facts that reached the disk, and complains of the first that breaks a promise.
 */
export class NaiveLedger {
  at = 0;
  /** What the clock says of the instance whose answers are looked at. */
  nowMs = 0;
  #ordinal = 0;
  #resetOrdinal = 0;
  readonly #births = new Map<string, number>();
  readonly #charges: Charge[] = [];
  readonly open = new Map<HoldId, NaiveHold>();
  readonly expired = new Map<HoldId, { readonly hold: NaiveHold; readonly charge: Charge; at: number }>();
  readonly claims = new NaiveClaims();
  readonly responses = new NaiveResponses();
  readonly endedNames = new NaiveNames();
  /** Every hold there ever was, and how it ended. */
  readonly ends = new Map<HoldId, 'open' | 'settled' | 'voided' | 'expired' | 'corrected'>();
  limits: readonly Limit[] = [];
  account: Account | undefined;
  /** How long each policy there ever was let an admission wait. */
  readonly waitMsOfPolicies: number[] = [0];

  posted(counted: Counted, at: number, counts = countsAt): number {
    const since = Math.max(this.#resetOrdinal, this.#births.get(keyOf(counted)) ?? 0);
    let sum = 0;
    for (const charge of this.#charges) {
      if (charge.ordinal <= since || !inScope(counted.scope, charge)) continue;
      if (counts(counted.window, charge.at, at)) sum += chargedBy(counted.metric, charge);
    }
    return sum;
  }

  held(counted: Counted, at: number, but?: HoldId, counts = countsAt): number {
    let sum = 0;
    for (const hold of this.open.values()) {
      if (hold.id === but || !inScope(counted.scope, hold)) continue;
      if (counts(counted.window, hold.at, at)) sum += heldBy(counted.metric, hold);
    }
    return sum;
  }

  /** The moments to which something belongs that is posted or held now, in order. */
  membersAt(counted: Counted, at: number): number[] {
    const moments = [...this.#charges, ...this.open.values()].map((member) => member.at);
    return [...new Set(moments)]
      .filter((moment) => countsAt(counted.window, moment, at))
      .filter((moment) => {
        const only = (_window: Window, memberAt: number): boolean => memberAt === moment;
        return this.posted(counted, at, only) + this.held(counted, at, undefined, only) > 0;
      })
      .toSorted((one, other) => one - other);
  }

  idOf(name: string): HoldId | undefined {
    for (const hold of this.open.values()) if (hold.name === name) return hold.id;
    return undefined;
  }

  /** How many counters beside those that every account has would exist if these limits were set. */
  namedCountersWith(limits: readonly Limit[]): number {
    const named = limits.filter((limit) => !isStanding(limit)).map(keyOf);
    return new Set([...this.#births.keys(), ...named]).size;
  }

  apply(event: TenantEvent, at: number): void {
    if (at < this.at) broken('durable', `an event of ${at} came after one of ${this.at}`);
    this.at = at;
    if (event.type === 'account-set') {
      this.account = event.account;
      this.waitMsOfPolicies.push(event.account.policy.waitMs ?? 0);
      this.claims.policySet(event.account.policy);
      this.responses.policySet(event.account.policy);
      return;
    }
    if (event.type === 'plan-set') return;
    this.#ordinal += 1;
    switch (event.type) {
      case 'admitted':
        return this.#admitted(event, at);
      case 'leased':
        delete this.#openHold(event.id).last;
        Object.assign(this.#openHold(event.id), { endsBy: event.endsBy, ...(event.last && { last: true }) });
        return;
      case 'extended':
        return this.#extended(event, at);
      case 'settled':
        this.#end(event.id, 'settled', event, callFacts(event.facts));
        return this.responses.settled(callFacts(event.facts), at);
      case 'expired': {
        const hold = this.#openHold(event.id);
        return this.#end(event.id, 'expired', hold);
      }
      case 'voided':
        return this.#end(event.id, 'voided', undefined);
      case 'corrected':
        this.#corrected(event);
        return this.responses.settled(callFacts(event.facts), at);
      case 'tombstoned':
        this.endedNames.ended(event.name, at);
        return;
      case 'limits-set':
        for (const limit of event.limits) {
          if (!isStanding(limit) && !this.#births.has(keyOf(limit))) this.#births.set(keyOf(limit), this.#ordinal);
        }
        this.limits = event.limits;
        return;
      case 'reset':
        this.#resetOrdinal = this.#ordinal;
        if (event.setBackTo !== undefined) this.#setBack(event.setBackTo);
        return;
      case 'uplinks-set':
      case 'uplinks-renamed':
      case 'delivered':
      case 'taken':
      case 'level-set':
      case 'asked':
      case 'adopted':
      case 'confirmed':
      case 'released':
      case 'stopped':
        broken('exactly once', `an account without others above or below wrote ${event.type}`);
    }
  }

  /** What is under way, or was charged by guess, counts as if it had been admitted no later than now. */
  #setBack(to: number): void {
    this.endedNames.setBack(this.at, to);
    for (const expired of this.expired.values()) {
      expired.at = this.at - expired.at >= expiredKeepMs ? Number.NEGATIVE_INFINITY : Math.min(expired.at, to);
    }
    this.at = to;
    for (const hold of this.open.values()) hold.at = Math.min(hold.at, to);
    for (const { hold } of this.expired.values()) hold.at = Math.min(hold.at, to);
  }

  #admitted(event: Extract<TenantEvent, { type: 'admitted' }>, at: number): void {
    const { id, name, endpoint, stream, bounded, tokens, nanoUsd, cap, endsBy, chain } = event;
    if (endsBy === undefined) return broken('no leak', `nothing says by when hold ${id} ends`);
    if (this.ends.has(id)) broken('exactly once', `hold ${id} was admitted twice`);
    if (this.idOf(name) !== undefined) broken('exactly once', `call ${name} holds twice`);
    if (this.endedNames.remembers(name, at) === 'surely')
      broken('exactly once', `call ${name} was admitted after it had ended`);
    const amounts = { ...namesIn(event), tokens, nanoUsd, cap, endsBy, chain, spentTokens: 0, spentNanoUsd: 0 };
    this.claims.admitted(event, at);
    this.open.set(id, { id, name, at, endpoint, stream, bounded, attempt: 1, ...amounts });
    this.ends.set(id, 'open');
    this.#checkNoOverrun(this.#openHold(id), at);
  }

  #extended(event: Extract<TenantEvent, { type: 'extended' }>, at: number): void {
    const hold = this.#openHold(event.id);
    if (event.attempt <= hold.attempt) broken('exactly once', `attempt ${event.attempt} of ${hold.id} was made twice`);
    this.#charge(hold, { requests: 0, tokens: event.spentTokens, nanoUsd: event.spentNanoUsd });
    hold.spentTokens += event.spentTokens;
    hold.spentNanoUsd += event.spentNanoUsd;
    hold.attempt = event.attempt;
    delete hold.aliases;
    delete hold.unlisted;
    Object.assign(hold, namesIn(event));
    hold.tokens = event.tokens;
    hold.nanoUsd = event.nanoUsd;
    hold.cap = event.cap;
    this.#checkNoOverrun(hold, at);
  }

  #end(
    id: HoldId,
    how: 'settled' | 'expired' | 'voided',
    used: { tokens: number; nanoUsd: number } | undefined,
    facts: Partial<CallFacts> = {},
  ): void {
    const hold = this.#openHold(id);
    this.open.delete(id);
    this.ends.set(id, how);
    this.endedNames.ended(hold.name, this.at);
    if (how === 'expired') this.claims.expired(id);
    else this.claims.ended(id, costOf(hold, used), facts);
    if (used === undefined) return;
    const charge = this.#charge(hold, { requests: 1, tokens: used.tokens, nanoUsd: used.nanoUsd });
    if (how === 'expired') this.expired.set(id, { hold, charge, at: this.at });
  }

  #corrected(event: Extract<TenantEvent, { type: 'corrected' }>): void {
    const expired = this.expired.get(event.id);
    if (expired === undefined) return broken('exactly once', `hold ${event.id} was corrected, and had not expired`);
    this.expired.delete(event.id);
    this.ends.set(event.id, 'corrected');
    this.claims.ended(event.id, costOf(expired.hold, event), callFacts(event.facts));
    expired.charge.tokens = event.tokens;
    expired.charge.nanoUsd = event.nanoUsd;
  }

  #charge(hold: NaiveHold, used: { requests: number; tokens: number; nanoUsd: number }): Charge {
    const charge = { at: hold.at, endpoint: hold.endpoint, ...namesIn(hold), ...used, ordinal: this.#ordinal };
    this.#charges.push(charge);
    return charge;
  }

  /** Promise 1, to the millisecond: what a hold was just given fits into every window that ends now. */
  #checkNoOverrun(hold: NaiveHold, at: number): void {
    for (const limit of this.limits) {
      if (!inScope(limit.scope, hold) || heldBy(limit.metric, hold) === 0) continue;
      if (!withinExactly(limit.window, hold.at, at)) continue;
      const sum = this.posted(limit, at, withinExactly) + this.held(limit, at, undefined, withinExactly);
      if (sum > limit.max) broken('no overrun', `${sum} is posted and held under ${JSON.stringify(limit)}`);
    }
  }

  #openHold(id: HoldId): NaiveHold {
    const hold = this.open.get(id);
    if (hold === undefined) broken('exactly once', `hold ${id} ended, or was used, while it was not open`);
    return hold;
  }
}

/** What a call came to in all, in tokens and money: it matters only whether that is nothing. */
function costOf(hold: NaiveHold, used: { tokens: number; nanoUsd: number } | undefined): number {
  return hold.spentTokens + hold.spentNanoUsd + (used?.tokens ?? 0) + (used?.nanoUsd ?? 0);
}

/** What a model is known by, of all that is said of a call. */
export function namesIn({ model, aliases, unlisted }: ModelNames): ModelNames {
  return { model, ...(aliases && { aliases }), ...(unlisted && { unlisted }) };
}

function chargedBy(metric: Metric, charge: Charge): number {
  const charged = { requests: charge.requests, tokens: charge.tokens, usd: charge.nanoUsd, concurrency: 0, streams: 0 };
  return charged[metric];
}
