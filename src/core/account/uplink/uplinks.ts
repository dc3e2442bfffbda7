import type { Opening } from './opening.ts';

/** What is owed to one account above. The debts themselves are the journal, behind a cursor. */
export interface Uplink {
  /** The last row whose debts are known, by what is on disk, to have been taken there. */
  readonly through: number;
  /** The checksum of that row. */
  readonly check: number;
  /** The first row after that one which owes it something, and the last. */
  readonly first: number;
  readonly owed: number;
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

export function noteOwed(uplinks: Uplinks, to: readonly string[], seq: number): void {
  for (const id of to) {
    const { through, check, first, owed } = uplinks.get(id) ?? { through: seq - 1, check: 0, first: 0, owed: 0 };
    uplinks.set(id, { through, check, first: owed > through ? first : seq, owed: seq });
  }
}

export function noteDelivered(
  uplinks: Uplinks,
  { to, through, check }: Extract<UplinkEvent, { type: 'delivered' }>,
): void {
  const { first = 0, owed = 0 } = uplinks.get(to) ?? {};
  uplinks.set(to, { through, check, first: Math.max(first, through + 1), owed });
}
