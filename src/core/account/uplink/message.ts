import type { AskRequest } from './ask.ts';
import type { Asks } from './asks.ts';
import type { Below } from './below.ts';
import type { Debts } from './debts.ts';
import type { Delivery } from './delivery.ts';

/** What an account says to one above it. */
export type Message =
  | { readonly kind: 'ask'; readonly request: AskRequest }
  | { readonly kind: 'take'; readonly delivery: Delivery };

/**
 * The next that is to be said to an account above. Undefined if there is nothing. Until it knows which calls were open
 * before it was asked, it hears of nothing else: what has ended has a number, too, and those below that were given up.
 */
export function messageTo(to: string, { asks, debts }: { asks: Asks; debts: Debts }, from: Below): Message | undefined {
  const owes = !asks.isAdoptingBy(to) && debts.creditors().includes(to);
  const owed = owes ? { delivery: debts.next(to, from) } : {};
  if (asks.targets().includes(to)) return { kind: 'ask', request: { ...from, ...asks.next(to), ...owed } };
  return owed.delivery && { kind: 'take', delivery: owed.delivery };
}
