import { deliveryCharactersMax } from './delivery-limits.ts';
import { checksum } from './checksum.ts';
import type { Delivery, Place, TakeReply } from './delivery.ts';
import type { TenantState } from '../fold.ts';
import { type Formats, decodeRow } from '../format.ts';
import type { JournalRow, JournalStore } from '../store.ts';
import type { Opening } from './opening.ts';
import type { CallTotal, Owed, OwedPosting } from './owed.ts';
import type { UplinkEvent } from './uplinks.ts';

/** Who delivers. */
interface Sender {
  readonly from: string;
  readonly ledger: string;
}

/**
 * What an account owes to those above it, read from its journal. How far each has taken it is known in memory, and
 * written with the next row: if a crash comes first, the account above says it again.
 */
export class Debts {
  readonly #state: TenantState;
  readonly #store: JournalStore;
  readonly #formats: Formats | undefined;
  readonly #taken = new Map<string, Place>();

  constructor(state: TenantState, store: JournalStore, formats: Formats | undefined) {
    this.#state = state;
    this.#store = store;
    this.#formats = formats;
  }

  /** The accounts that are owed something which is on disk. */
  creditors(): string[] {
    return [...this.#state.uplinks].filter(([to, { owed }]) => owed > this.#takenBy(to).seq).map(([to]) => to);
  }

  /** Those of them that keep room for a call which has ended. */
  urgent(): string[] {
    return this.creditors().filter((to) => (this.#state.uplinks.get(to)?.ends ?? 0) > this.#takenBy(to).seq);
  }

  get isEmpty(): boolean {
    return this.creditors().length === 0;
  }

  /**
   * The last row through which nothing is owed to anybody. Those after it must be kept. It need not be on disk that the
   * rows before it were taken: whoever has taken them knows.
   */
  get paidThrough(): number {
    return this.creditors().reduce((least, to) => Math.min(least, this.#takenBy(to).seq), this.#state.seq);
  }

  /** The next that is to be delivered to an account which is owed something. */
  next(to: string, { from, ledger }: Sender): Delivery {
    const after = this.#takenBy(to);
    const postings: OwedPosting[] = [];
    let opening: Opening | undefined;
    let last: JournalRow | undefined;
    let characters = 0;
    let n = 0;
    const { through: written = 0, first = 0, owed = 0 } = this.#state.uplinks.get(to) ?? {};
    // What comes before the first debt need not be read, unless the account above has forgotten what it took.
    const begin = after.seq < written ? after.seq : Math.max(after.seq, first - 1);
    for (const row of this.#store.after(begin)) {
      if (row.seq > owed) break;
      const mayOwe = row.events.includes(to);
      if (mayOwe) characters += row.events.length;
      if (last !== undefined && characters > deliveryCharactersMax) break;
      last = row;
      if (!mayOwe) continue;
      for (const event of decodeRow(row.events, this.#formats)) {
        if (event.type === 'uplinks-set' && event.to.includes(to)) {
          opening ??= event.opening;
          n = Math.max(n, opening?.n ?? 0);
        }
        if (!('owed' in event) || !event.owed.to.includes(to)) continue;
        const { to: _, holds, ...posting } = event.owed;
        const hold = holds && totalFor(to, holds);
        postings.push(hold === undefined ? posting : { ...posting, hold });
        n = posting.n;
      }
    }
    // Rows that are gone were taken: the account above will say so.
    const through = last === undefined ? { seq: this.#state.seq, check: 0 } : placeOf(last);
    return { from, ledger, after, through, n, ...(opening === undefined ? {} : { opening }), postings };
  }

  /**
   * Notes what was answered to a delivery. `went-back`: the account above has taken rows that this journal does not
   * have. It is an older copy, and must go on under another name.
   */
  answered(to: string, { through }: Delivery, reply: Exclude<TakeReply, { kind: 'denied' }>): 'noted' | 'went-back' {
    if (reply.kind === 'taken') {
      this.#taken.set(to, through);
      return 'noted';
    }
    if (!this.#isMine(reply.at)) return 'went-back';
    this.#taken.set(to, reply.at);
    return 'noted';
  }

  /** What was delivered and is not on disk. */
  unwritten(): UplinkEvent[] {
    return [...this.#taken].flatMap(([to, { seq, check }]) => {
      const written = this.#state.uplinks.get(to);
      return written?.through === seq ? [] : [{ type: 'delivered', to, through: seq, check }];
    });
  }

  #takenBy(to: string): Place {
    const taken = this.#taken.get(to);
    if (taken !== undefined) return taken;
    const { through: seq = 0, check = 0 } = this.#state.uplinks.get(to) ?? {};
    return { seq, check };
  }

  /** Whether a place is one of this journal. One that was pruned can't be compared. */
  #isMine({ seq, check }: Place): boolean {
    if (seq > this.#state.seq) return false;
    for (const row of this.#store.after(seq - 1)) return row.seq !== seq || checksum(row.events) === check;
    return true;
  }
}

/** What an account above hears of its hold. Undefined if it has none. */
function totalFor(to: string, { by, ...total }: NonNullable<Owed['holds']>): CallTotal | undefined {
  const n = by.find((above) => above.to === to)?.n;
  return n === undefined ? undefined : { n, ...total };
}

function placeOf({ seq, events }: JournalRow): Place {
  return { seq, check: checksum(events) };
}
