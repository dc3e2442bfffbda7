import { isDeepStrictEqual } from 'node:util';
import type { HoldId } from '../../src/core/ledger/command.ts';
import { standing } from '../../src/core/ledger/counter.ts';
import type { Refusal } from '../../src/core/ledger/refusal.ts';
import { epochMs } from '../../src/core/ledger/epoch-ms.ts';
import type { TenantEvent } from '../../src/core/account/fold.ts';
import { recordOf } from '../../src/core/account/find-record.ts';
import type { TenantState } from '../../src/core/account/fold.ts';
import type { KeptStores } from '../../src/core/account/store.ts';
import { type Promised, broken } from './broken-promise.ts';
import type { Outcome } from './instance.ts';
import { type Asking, type Expected, type LedgerAsking, foretell, naiveStandings } from './naive-answers.ts';
import { NaiveLedger } from './naive-ledger.ts';
import { ordered } from './naive-responses.ts';

type Admitted = Extract<TenantEvent, { type: 'admitted' }>;
type Placed = { readonly event: TenantEvent; readonly at: number };

/**
 * Watches what reaches the disk and what is answered, and compares both with what the naive ledger foretells. It hears
 * of nothing else, so that it can't be misled by what an actor keeps in memory.
 */
export class Witness {
  readonly ledger = new NaiveLedger();
  readonly #calls = new Map<
    string,
    { readonly admitted: { event: Admitted; at: number }; readonly events: Placed[] }
  >();
  readonly #recorded = new Map<string, number>();
  #recordedNanoUsd = 0;
  #resets = 0;
  #breaches = 0;

  /** A flush that was answered. Each answer must be the one foretold, and each event that of an answer or an expiry. */
  flushed(flush: {
    readonly seq: number;
    readonly at: number;
    readonly nowMs: number;
    readonly events: readonly TenantEvent[];
    readonly outcomes: readonly Outcome[];
  }): void {
    const { events, outcomes, seq } = flush;
    this.ledger.nowMs = flush.nowMs;
    let { at } = flush;
    let next = 0;
    const take = (event: TenantEvent): void => {
      this.#take(event, at, `${seq}.${next}`);
      at = timeAfter(event, at);
      next += 1;
    };
    const takeAll = (type: 'expired' | 'leased'): void => {
      for (let event = events[next]; event?.type === type; event = events[next]) take(event);
    };
    // Holds end before anything is decided; and an instance that has woken gives leases before it is asked.
    takeAll('expired');
    takeAll('leased');
    for (const outcome of outcomes) {
      const { asking, reply, error } = outcome;
      if (reply === undefined) {
        if (!isNonsense(asking)) broken('every caller is answered', `${asking.type} failed: ${String(error)}`);
        continue;
      }
      if (asking.type === 'renew') {
        takeAll('leased');
        this.checkRenewal(asking.holdIds, lostIn(outcome));
        continue;
      }
      const match = this.#matching(asking, reply, at, `${seq}.${next}`, events.slice(next));
      if (match === undefined) this.#complain(asking, reply, at, `${seq}.${next}`, events.slice(next));
      this.#checkPatience(outcome, reply, flush.nowMs);
      for (const event of events.slice(next, next + match.events.length)) take(event);
      // A call that is asked for again has its lease renewed.
      if (asking.type === 'admit') takeAll('leased');
      // No row says so.
      if (asking.type === 'forget') this.ledger.responses.forget(asking.request.id);
      this.#checkStandings(reply, at);
    }
    const left = events[next];
    if (left !== undefined) broken('every caller is answered', `${left.type} at ${seq}.${next} is nobody's`);
  }

  /** Whoever is told that it has a lease has an open hold. */
  checkRenewal(holdIds: readonly HoldId[], lost: readonly HoldId[]): void {
    for (const id of holdIds) {
      if (!lost.includes(id) && !this.ledger.open.has(id)) broken('no leak', `hold ${id} was renewed after its end`);
    }
  }

  /**
   * A row that became durable, though nobody was answered. Its facts must be possible, whatever was asked. What was
   * forgotten with it no fact says: it came after what was asked before.
   */
  foundOnDisk(seq: number, at: number, events: readonly TenantEvent[], asked: readonly Asking[]): void {
    let eventAt = at;
    let next = 0;
    const takeUpTo = (end: number): void => {
      for (const event of events.slice(next, end)) {
        this.#take(event, eventAt, `${seq}.${next}`);
        eventAt = timeAfter(event, eventAt);
        next += 1;
      }
    };
    for (const asking of asked) {
      if (asking.type === 'forget') this.ledger.responses.forget(asking.request.id);
      else takeUpTo(1 + events.findLastIndex((event, index) => index >= next && isOf(event, asking)));
    }
    takeUpTo(events.length);
  }

  /** What is kept beside the journal is what the facts in it say, up to what is too old at some time by then. */
  checkKept({ claims, responses }: KeptStores, latestMs: number): void {
    const latest = Math.max(latestMs, this.ledger.at);
    this.ledger.claims.check(claims, latest);
    this.ledger.responses.check(responses, latest);
  }

  /** What an actor knows is what its disk says, no more and no less. */
  compare(state: TenantState, nowMs: number): void {
    const { ledger } = state;
    const open = Object.fromEntries([...ledger.open].map(([id, hold]) => [id, { ...hold }]));
    if (!isDeepStrictEqual(open, Object.fromEntries(this.ledger.open))) {
      broken('durable', `open are ${JSON.stringify(open)}, not ${JSON.stringify([...this.ledger.open.values()])}`);
    }
    const at = epochMs(Math.max(nowMs, ledger.at));
    for (const counter of ledger.counters.values()) {
      const known = standing(counter, at);
      const posted = this.ledger.posted(counter, at);
      const held = this.ledger.held(counter, at);
      if (known.posted !== posted) broken('conservation', `${counter.key} posts ${known.posted}, not ${posted}`);
      if (known.held !== held) broken('no leak', `${counter.key} holds ${known.held}, not ${held}`);
    }
    this.#checkSpend(state);
  }

  /** Money, tokens and requests of the records add up to what was posted. */
  #checkSpend({ ledger, spend, breaches }: TenantState): void {
    if (breaches.calls !== this.#breaches) broken('conservation', `${breaches.calls} breaches, not ${this.#breaches}`);
    if (spend.totalNanoUsd !== this.#recordedNanoUsd) {
      broken('conservation', `${spend.totalNanoUsd} was spent, and the records say ${this.#recordedNanoUsd}`);
    }
    const byModel = [...spend.byModel.values()].reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
    if (byModel !== spend.totalNanoUsd)
      broken('conservation', `by model, ${byModel} of ${spend.totalNanoUsd} was spent`);
    if (this.#resets > 0) return;
    const inFlight = [...ledger.open.values()].reduce((sum, { spentNanoUsd }) => sum + spentNanoUsd, 0);
    const posted = ledger.counters.get('usd/total')?.postedSum;
    if (posted !== this.#recordedNanoUsd + inFlight) {
      broken('conservation', `${posted} is posted, and the records say ${this.#recordedNanoUsd}`);
    }
  }

  #matching(
    asking: LedgerAsking,
    reply: object,
    at: number,
    id: string,
    events: readonly TenantEvent[],
  ): Expected | undefined {
    let expected: Expected | undefined = foretell(this.ledger, asking, at, id);
    while (expected !== undefined && !isAsExpected(expected, reply, events)) expected = expected.or;
    return expected;
  }

  /** Where the policy lets an admission wait, it isn't refused for holds before its time is over. */
  #checkPatience({ asking, takenAtMs, policies }: Outcome, reply: object, nowMs: number): void {
    if (asking.type !== 'admit' || asking.neverWaits === true || comeBackOf(reply) !== 'holds') return;
    const waitMs = Math.min(...this.ledger.waitMsOfPolicies.slice(policies - 1));
    if (waitMs > 0 && nowMs - takenAtMs < waitMs)
      broken('no false refusal', `refused after ${nowMs - takenAtMs} of ${waitMs} ms`);
  }

  #checkStandings(reply: object, at: number): void {
    if (!('standings' in reply)) return;
    const standings = naiveStandings(this.ledger, at);
    if (isDeepStrictEqual(reply.standings, standings)) return;
    broken('no false refusal', `a grant says ${JSON.stringify(reply.standings)}, not ${JSON.stringify(standings)}`);
  }

  #complain(asking: LedgerAsking, reply: object, at: number, id: string, events: readonly TenantEvent[]): never {
    const expected = foretell(this.ledger, asking, at, id);
    const foretold = Reflect.get(expected.reply, 'kind');
    const said = Reflect.get(reply, 'kind');
    let promise: Promised = events.length === 0 && expected.events.length > 0 ? 'durable' : 'exactly once';
    const isRepeat = expected.events.length === 0 && foretold !== 'refused';
    if (said === 'granted' && !isRepeat) promise = 'no overrun';
    if (said === 'refused') promise = 'no false refusal';
    if (said === 'resolved' || said === 'kept') promise = 'durable';
    return broken(
      promise,
      `${JSON.stringify(asking)} at ${at} was answered ${JSON.stringify(reply)} with ${JSON.stringify(events[0])}, ` +
        `not ${JSON.stringify(expected)}`,
    );
  }

  #take(event: TenantEvent, at: number, id: string): void {
    if ('breach' in event && event.breach) this.#breaches += 1;
    if (event.type === 'admitted' && event.id !== id) broken('exactly once', `hold ${event.id} stands at ${id}`);
    this.ledger.apply(event, at);
    if (event.type === 'reset') this.#resets += 1;
    if (event.type === 'admitted') this.#calls.set(event.id, { admitted: { event, at }, events: [] });
    else if ('id' in event) this.#record(event.id, { event, at });
  }

  #record(id: string, placed: Placed): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    call.events.push(placed);
    const record = recordOf(call.admitted, call.events);
    if (record === undefined) return;
    this.#recordedNanoUsd += record.costNanoUsd - (this.#recorded.get(id) ?? 0);
    this.#recorded.set(id, record.costNanoUsd);
  }
}

/** A reset may set the time back, also of what follows in the same row. */
function timeAfter(event: TenantEvent, at: number): number {
  return event.type === 'reset' ? (event.setBackTo ?? at) : at;
}

function isAsExpected(expected: Expected, reply: object, events: readonly TenantEvent[]): boolean {
  // The model says of an answer what matters; a view of the account, or whose limit it was, is not its business.
  const whole = ordered(reply);
  const said = Object.fromEntries(Object.keys(expected.reply).map((key) => [key, Reflect.get(whole, key)]));
  const happened = events.slice(0, expected.events.length).map(withoutLease);
  return isDeepStrictEqual(said, { ...expected.reply }) && isDeepStrictEqual(happened, expected.events);
}

/** Whether it is what came of what was asked, of those that matter to what is forgotten. */
function isOf(event: TenantEvent, asking: Asking): boolean {
  if (asking.type === 'configure') {
    return event.type === 'account-set' && event.account.version === asking.account.version;
  }
  return asking.type === 'settle' && isSettlement(event) && event.id === asking.request.holdId;
}

function isSettlement(event: TenantEvent): event is Extract<TenantEvent, { type: 'settled' | 'corrected' }> {
  return event.type === 'settled' || event.type === 'corrected';
}

/** By when a hold ends is the business of `NaiveLeases`. */
function withoutLease(event: TenantEvent): TenantEvent {
  if (event.type !== 'admitted') return event;
  const { endsBy: _, ...admitted } = event;
  return admitted;
}

/** When a refusal says to come back; undefined for what isn't one. */
export function comeBackOf(reply: object): string | undefined {
  if (!('refusal' in reply)) return undefined;
  // By the protocol, this is what it is.
  return (reply.refusal as Refusal).comeBack.kind;
}

/** What a renewal was answered. */
export function lostIn({ reply }: Outcome): readonly HoldId[] {
  // By the protocol, this is what it is.
  return (reply as { readonly lost: readonly HoldId[] }).lost;
}

function isNonsense(asking: Outcome['asking']): boolean {
  if (asking.type === 'admit') return asking.request.call.bound.fixedTokens < 0;
  return asking.type === 'settle' && asking.request.tokens < 0;
}
