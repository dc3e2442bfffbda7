import type { AskRequest } from './ask.ts';
import type { Asks } from './asks.ts';
import type { Below } from './below.ts';
import type { Debts } from './debts.ts';
import type { Delivery } from './delivery.ts';

/** What an account has to say to those above it. */
interface Speaker {
  readonly asks: Asks;
  readonly debts: Debts;
}

/**
 * What is to be delivered to an account above. Undefined if there is nothing. Until it knows which calls were open
 * before it was asked, it hears of nothing else: what they have come to since then is told as of calls that it knows.
 */
export function deliveryTo(to: string, { asks, debts }: Speaker, from: Below): Delivery | undefined {
  if (asks.isAdoptingBy(to) || !debts.creditors().includes(to)) return undefined;
  const floor = asks.floorFor(to);
  return { ...debts.next(to, from), ...(floor === undefined ? {} : { floor }) };
}

/**
 * What an account above is to be asked, with what it is owed unless that is on its way already. Undefined if there is
 * nothing to ask.
 */
export function askTo(to: string, speaker: Speaker, from: Below, mayDeliver: boolean): AskRequest | undefined {
  const { asks } = speaker;
  if (!asks.targets().includes(to)) return undefined;
  const delivery = mayDeliver ? deliveryTo(to, speaker, from) : undefined;
  return { ...from, ...asks.next(to), ...(delivery === undefined ? {} : { delivery }) };
}
