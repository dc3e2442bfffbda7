import { datesKeptMax, linkHistoryMax } from './delivery-limits.ts';
import type { EpochMs } from '../../ledger/epoch-ms.ts';
import type { Posting } from '../../ledger/posting.ts';
import { modelNames } from '../../ledger/limit.ts';
import type { LedgerState, UnresolvedHold } from '../../ledger/state.ts';
import type { TenantState } from '../fold.ts';
import type { Row } from '../row.ts';
import type { CallSpent } from '../spend.ts';
import type { Delivery, Place, TakeReply } from './delivery.ts';
import type { Opening } from './opening.ts';
import type { CallTotal, OwedPosting } from './owed.ts';

/** How far the ledger of an account below was taken. */
export interface Link {
  readonly mark: Place;
  /** The number of the newest posting there, and of the event here that took it. */
  readonly n: number;
  readonly ordinal: number;
  /**
   * The same at earlier moments, oldest first: each is the last before counters here began or were reset. What a
   * correction takes back was charged before one of them, or after all. The first is where the ledger began here.
   */
  readonly before: readonly { readonly n: number; readonly ordinal: number }[];
  /**
   * What may be taken back of calls that were dated otherwise than their account said, because its clock is ahead: the
   * oldest first. Missing if there are none.
   */
  readonly dated?: readonly { readonly n: number; readonly at: EpochMs }[];
  /** Through this number, what was dated otherwise is not known any more. */
  readonly undatedThrough?: number;
}

/** By account and ledger. None is ever forgotten: a delivery may come very late. */
export type Links = Map<string, Link>;

/** Which calls of a ledger below are over: those before `floor`, and some of those that follow it. */
export interface Over {
  readonly floor: number;
  readonly ended: readonly number[];
}

/** By account and ledger. */
export type OverNumbers = Map<string, Over>;

/** What was taken of an account below. */
export interface Taken {
  readonly type: 'taken';
  readonly from: string;
  readonly ledger: string;
  readonly through: Place;
  readonly n: number;
  readonly opening?: Opening;
  /** See Delivery. Missing if the account below asks for nothing. */
  readonly floor?: number;
  readonly postings: readonly TakenPosting[];
}

interface TakenPosting extends Posting {
  readonly n: number;
  /** The number of the call, if it has ended and was asked for here or may have been. */
  readonly over?: number;
  readonly spent?: readonly CallSpent[];
  /** It may be taken back, and was dated otherwise than its account said. */
  readonly provisional?: true;
}

type Opened = Pick<Taken, 'opening' | 'n'> & { readonly postings: readonly { readonly n: number }[] };

/** Who speaks: an account below, and the name of its ledger. */
export type Below = Pick<Delivery, 'from' | 'ledger'>;

export function linkKey({ from, ledger }: Below): string {
  return `${from} ${ledger}`;
}

/** The name here of the hold of a call of an account below. */
export function holdName(below: Below, n: number): string {
  return `${linkKey(below)} ${n}`;
}

/**
 * Takes a delivery, if it goes on exactly where the last one ended. The first of a ledger may begin anywhere. None of
 * its calls is refused: the money is gone.
 */
export function executeTake(state: TenantState, delivery: Delivery, row: Row): TakeReply {
  const { from, ledger, after, through, n, opening, floor } = delivery;
  const link = state.below.get(linkKey(delivery));
  if (link !== undefined && (link.mark.seq !== after.seq || link.mark.check !== after.check)) {
    return { kind: 'elsewhere', at: link.mark };
  }
  row.record({
    type: 'taken',
    from,
    ledger,
    through,
    n,
    // A ledger opens once. One that opens again was run by a release that forgot it.
    ...(opening === undefined || link !== undefined ? {} : { opening }),
    ...(floor === undefined ? {} : { floor }),
    postings: takenPostings(state.ledger, delivery, link ?? firstLink(delivery), row.at),
  });
  return { kind: 'taken' };
}

function takenPostings(
  ledger: LedgerState,
  delivery: Delivery,
  link: Omit<Link, 'mark'>,
  at: EpochMs,
): readonly TakenPosting[] {
  /** What was posted of each hold, as the postings before have it. */
  const posted = new Map<string, Pick<CallTotal, 'tokens' | 'nanoUsd'>>();
  /** When what may be taken back was counted, if it was otherwise than its account says. */
  const dates = new Map(link.dated?.map((each) => [each.n, each.at]));
  return delivery.postings.flatMap(({ hold: total, ...posting }) => {
    if (total === undefined) return [dated(posting, link, dates, at)];
    const name = holdName(delivery, total.n);
    const open = ledger.openNames.get(name);
    const unresolved = ledger.unresolved.get(name);
    const hold = open === undefined ? unresolved?.hold : ledger.open.get(open);
    // It never came here, was refused, or was given up.
    const over = total.ends === true ? { over: total.n } : {};
    if (hold === undefined) return [{ ...dated(posting, link, dates, at), ...over }];
    const { tokens, nanoUsd } = posted.get(name) ?? { tokens: hold.spentTokens, nanoUsd: hold.spentNanoUsd };
    posted.set(name, total);
    const adds = { tokens: total.tokens - tokens, nanoUsd: total.nanoUsd - nanoUsd };
    const ends = total.ends === true ? { ends: true as const } : {};
    const taken = { ...posting, ...adds, ...ends, at: hold.at, of: { name, ...adds }, ...over };
    if (posting.provisional === true) dates.set(posting.n, hold.at);
    return total.ends === true && unresolved !== undefined ? [takenBack(unresolved, taken), taken] : [taken];
  });
}

/** Takes back what a hold was charged while its account was not heard of. */
function takenBack(unresolved: UnresolvedHold, { n }: Pick<TakenPosting, 'n'>): TakenPosting {
  const { hold, ordinal, postedAt = hold.at, costNanoUsd } = unresolved;
  const { endpoint, model, tokens, nanoUsd } = hold;
  const less = { requests: -1, tokens: -tokens, nanoUsd: -nanoUsd };
  const spent = { model, requests: -1, inputTokens: 0, outputTokens: 0, costNanoUsd: -costNanoUsd };
  return { n, at: postedAt, endpoint, ...modelNames(hold), ...less, chargedBy: ordinal, spent: [spent] };
}

/**
 * Dates a posting: of two clocks the earlier one counts, so that nothing is of the future. What takes something back
 * has the date of what it takes back.
 */
function dated(
  { charged, provisional, ...posting }: Omit<OwedPosting, 'hold'>,
  link: Omit<Link, 'mark'>,
  dates: ReadonlyMap<number, EpochMs>,
  at: EpochMs,
): TakenPosting {
  const isAhead = posting.at > at;
  if (charged === undefined) return { ...posting, ...(isAhead ? { at, ...(provisional && { provisional }) } : {}) };
  const known = dates.get(charged) ?? posting.at;
  const chargedBy = charged <= (link.undatedThrough ?? 0) ? 0 : takenBy(link, charged);
  return { ...posting, at: known > at ? at : known, ...(chargedBy === undefined ? {} : { chargedBy }) };
}

/** Notes a delivery that was just folded in. */
export function noteTaken(state: Pick<TenantState, 'ledger' | 'below' | 'over'>, taken: Taken): void {
  const { ledger, below } = state;
  const key = linkKey(taken);
  noteOver(state.over, key, taken);
  const link = below.get(key);
  const { through, n } = taken;
  const before = link === undefined ? firstLink(taken).before : historyOf(ledger, link);
  const { ordinal } = ledger;
  below.set(key, { mark: through, n: Math.max(n, link?.n ?? 0), ordinal, before, ...datesOf(taken, link) });
}

/** Whether a call may not be asked for any more: it has ended, or was given up. */
export function isOver(numbers: OverNumbers, from: Below, n: number): boolean {
  const { floor = 0, ended = [] } = numbers.get(linkKey(from)) ?? {};
  return n < floor || ended.includes(n);
}

function noteOver(numbers: OverNumbers, key: string, { floor = 0, postings }: Taken): void {
  const known = numbers.get(key) ?? { floor: 0, ended: [] };
  const least = Math.max(floor, known.floor);
  const ended = postings.flatMap(({ over }) => (over === undefined ? [] : [over]));
  if (least === 0 && ended.length === 0) return;
  numbers.set(key, { floor: least, ended: [...known.ended, ...ended].filter((n) => n >= least) });
}

function datesOf({ postings }: Taken, link: Link | undefined): Pick<Link, 'dated' | 'undatedThrough'> {
  const all = [...(link?.dated ?? []), ...postings.filter(({ provisional }) => provisional)];
  if (all.length === 0) return {};
  const kept = all.slice(-datesKeptMax).map(({ n, at }) => ({ n, at }));
  const undatedThrough = all.at(-datesKeptMax - 1)?.n ?? link?.undatedThrough;
  return { dated: kept, ...(undatedThrough === undefined ? {} : { undatedThrough }) };
}

/**
 * How far a ledger was taken whose first delivery this is. What it charged before is in no counter here, or in an
 * opening, which does not say of what call it is: corrections of that leave the counters alone.
 */
function firstLink({ opening, postings, n }: Opened): Omit<Link, 'mark'> {
  const first = opening === undefined ? (postings[0]?.n ?? n + 1) - 1 : opening.n;
  return { n: first, ordinal: 0, before: [{ n: first, ordinal: 0 }] };
}

function historyOf(ledger: LedgerState, { n, ordinal, before }: Link): Link['before'] {
  const newestBegan = ledger.counters.values().reduce((newest, { sinceOrdinal }) => Math.max(newest, sinceOrdinal), 0);
  if (newestBegan <= ordinal) return before;
  const history = [...before, { n, ordinal }];
  if (history.length <= linkHistoryMax) return history;
  // What is too old counts as charged before every counter began: a correction of it changes none.
  const [oldest, ...rest] = history.slice(1);
  return oldest === undefined ? [] : [{ n: oldest.n, ordinal: 0 }, ...rest];
}

/** The event here that took a posting with this number. Undefined if none has yet. */
function takenBy({ n, ordinal, before }: Omit<Link, 'mark'>, charged: number): number | undefined {
  if (charged > n) return undefined;
  return before.find((earlier) => charged <= earlier.n)?.ordinal ?? ordinal;
}
