import type { Opening } from './opening.ts';
import type { Owed } from './owed.ts';

/** What is owed to one account above. The debts themselves are the journal, behind a cursor. */
export interface Uplink {
  /** The last row whose debts are known, by what is on disk, to have been taken there. */
  readonly through: number;
  /** The checksum of that row. */
  readonly check: number;
  /** The first row after that one which owes it something, and the last. */
  readonly first: number;
  readonly owed: number;
  /** The last row with the end of a call of which it has a hold. Missing if there was none. */
  readonly ends?: number;
}

export type Uplinks = Map<string, Uplink>;

/** What rows owe, and to whom it was delivered. Releases that know nothing of this ignore it. */
export type UplinkEvent =
  | {
      /** From here on, rows owe what they say to these accounts. */
      readonly type: 'uplinks-set';
      readonly to: readonly string[];
      /** What was counted before anything was owed. */
      readonly opening?: Opening;
    }
  /** The ledger goes on under another name, because the one that it has was used by what followed this copy of it. */
  | { readonly type: 'uplinks-renamed'; readonly name: string }
  | { readonly type: 'delivered'; readonly to: string; readonly through: number; readonly check: number };

/** Begins to owe an account what comes after row `seq`. */
export function addUplink(uplinks: Uplinks, to: string, seq: number, owed: number): void {
  if (!uplinks.has(to)) uplinks.set(to, { through: seq, check: 0, first: owed, owed });
}

export function noteOwed(uplinks: Uplinks, { to, holds }: Pick<Owed, 'to' | 'holds'>, seq: number): void {
  for (const id of to) {
    const known = uplinks.get(id) ?? { through: seq - 1, check: 0, first: 0, owed: 0 };
    const isEnd = holds?.ends === true && holds.by.some((above) => above.to === id);
    const first = known.owed > known.through ? known.first : seq;
    uplinks.set(id, { ...known, first, owed: seq, ...(isEnd ? { ends: seq } : {}) });
  }
}

export function noteDelivered(
  uplinks: Uplinks,
  { to, through, check }: Extract<UplinkEvent, { type: 'delivered' }>,
): void {
  const { first = 0, owed = 0, ends } = uplinks.get(to) ?? {};
  const left = ends === undefined ? {} : { ends };
  uplinks.set(to, { through, check, first: Math.max(first, through + 1), owed, ...left });
}
