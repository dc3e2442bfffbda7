import { loadRanks } from '../../tokenizer/load-ranks.ts';
import type { RefusedReply } from '../../core/account/protocol.ts';
import type { Counted } from '../bound/bindable.ts';
import { targetName } from '../bound/encode-call.ts';
import type { ClientCall } from './client-call.ts';
import type { Adjustments, PreparedCall } from './plan-call.ts';
import { fewerSearches } from '../bound/fewer-searches.ts';
import { countAtProvider } from './provider-count.ts';

/**
 * What else can be tried after a refusal; undefined if nothing can. First the provider is to search less often, or not
 * at all. Then the input is counted more exactly, which costs time and so comes only when it is needed. Then the call
 * goes to another model, if its route says so.
 */
export async function adjust(
  { refusal }: RefusedReply,
  prepared: PreparedCall,
  adjustments: Adjustments,
  clientCall: ClientCall,
): Promise<Adjustments | undefined> {
  const { metric } = refusal.limit;
  const isOfSize = metric === 'usd' || metric === 'tokens';
  const searches = isOfSize ? fewerSearches(prepared.attempts, metric, refusal.free) : undefined;
  if (searches !== undefined) return { ...adjustments, searches };
  // If nothing is free, nothing fits, however small: then no provider is asked for the size again and again.
  if (adjustments.counted === undefined && isOfSize && refusal.free > 0) {
    const counted = await countPrompt(prepared, clientCall);
    if (counted !== undefined) return { ...adjustments, counted };
  }
  const { plan, attempts } = prepared;
  const { model } = attempts[0].bound;
  const hasOther = attempts.some(({ bound }) => bound.model !== model);
  return plan.onLimit && hasOther ? { ...adjustments, noRoomFor: [...adjustments.noRoomFor, model] } : undefined;
}

/** Counts with the tokenizer that is known here, and asks each target's provider that counts for nothing. */
async function countPrompt({ attempts }: PreparedCall, clientCall: ClientCall): Promise<Counted | undefined> {
  const isKnown = attempts.some(
    ({ attempt, call: { protocol } }) =>
      attempt.candidate.model?.tokenizer === 'o200k' && protocol !== 'messages' && protocol !== 'embeddings',
  );
  // Each target is asked once, and all at the same time: the client waits only for the slowest.
  const asked = new Map(attempts.map((planned) => [targetName(planned.attempt), planned]));
  const counting = [...asked].map(async ([name, { attempt, call }]) => {
    const count = call.protocol === 'messages' ? await countAtProvider(call, attempt, clientCall) : undefined;
    return count === undefined ? [] : [[name, count] as const];
  });
  const [ranks, counts] = await Promise.all([isKnown ? loadRanks() : undefined, Promise.all(counting)]);
  const told = new Map(counts.flat());
  return ranks === undefined && told.size === 0 ? undefined : { ranks, told };
}
