import { loadRanks } from '../../tokenizer/load-ranks.ts';
import type { RefusedReply } from '../../core/account/protocol.ts';
import type { Counted } from '../bound/bindable.ts';
import { targetName } from '../bound/encode-call.ts';
import type { ClientCall } from './client-call.ts';
import type { Adjustments, PreparedCall } from './plan-call.ts';
import { fewerSearches } from '../bound/fewer-searches.ts';
import { countAtProvider } from './provider-count.ts';

/**
 * What else can be tried after a refusal; undefined where nothing can. First the provider is to search less often, or
 * not at all. Then the same call is reckoned more exactly, which costs time and is not done before it is needed. Then
 * it goes to another model, where its route says so.
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
  // Where nothing is left, nothing fits, however small: nobody is to be asked for its size then, again and again.
  if (adjustments.counted === undefined && isOfSize && refusal.free > 0) {
    const counted = await countPrompt(prepared, clientCall);
    if (counted !== undefined) return { ...adjustments, counted };
  }
  const { plan, attempts } = prepared;
  const { model } = attempts[0].bound;
  const hasOther = attempts.some(({ bound }) => bound.model !== model);
  return plan.onLimit && hasOther ? { ...adjustments, noRoomFor: [...adjustments.noRoomFor, model] } : undefined;
}

/** By the tokenizer that is known here, and by the provider of each target that counts for nothing. */
async function countPrompt({ attempts }: PreparedCall, clientCall: ClientCall): Promise<Counted | undefined> {
  const isKnown = attempts.some(({ attempt, call }) => {
    return (
      attempt.candidate.model?.tokenizer === 'o200k' && call.protocol !== 'messages' && call.protocol !== 'embeddings'
    );
  });
  // Each target is asked once, and all at the same time: the client waits for the slowest of them.
  const asked = new Map(attempts.map((planned) => [targetName(planned.attempt), planned]));
  const counting = [...asked].map(async ([name, { attempt, call }]) => {
    const count = call.protocol === 'messages' ? await countAtProvider(call, attempt, clientCall) : undefined;
    return count === undefined ? [] : [[name, count] as const];
  });
  const [ranks, counts] = await Promise.all([isKnown ? loadRanks() : undefined, Promise.all(counting)]);
  const told = new Map(counts.flat());
  return ranks === undefined && told.size === 0 ? undefined : { ranks, told };
}
