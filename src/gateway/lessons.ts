import { loadRanks } from '../tokenizer/load-ranks.ts';
import type { RefusedReply } from '../tenant/protocol.ts';
import type { Counted } from './bound.ts';
import type { PreparedCall } from './prepare-call.ts';

/** What an account's refusal gave reason to find out, so that the call can be asked for again, in a way that may fit. */
export interface Lessons {
  /** A nearer count of what is put in; undefined while its bytes are all that is known. */
  readonly counted: Counted | undefined;
  /** Models that the account has no room for, where their route goes on then. */
  readonly noRoomFor: readonly string[];
}

export const noLessons: Lessons = { counted: undefined, noRoomFor: [] };

/**
 * What else can be tried after a refusal; undefined where nothing can. First the same call is reckoned more exactly,
 * which costs time and is not done before it is needed; then it goes to another model, where its route says so.
 */
export async function learn(
  { refusal }: RefusedReply,
  prepared: PreparedCall,
  lessons: Lessons,
): Promise<Lessons | undefined> {
  const { metric } = refusal.limit;
  if (lessons.counted === undefined && (metric === 'usd' || metric === 'tokens')) {
    const counted = await countPrompt(prepared);
    if (counted !== undefined) return { ...lessons, counted };
  }
  const { plan, attempts } = prepared;
  const { model } = attempts[0].bound;
  const hasOther = attempts.some(({ bound }) => bound.model !== model);
  return plan.onLimit && hasOther ? { ...lessons, noRoomFor: [...lessons.noRoomFor, model] } : undefined;
}

async function countPrompt({ attempts }: PreparedCall): Promise<Counted | undefined> {
  const isCountable = attempts.some(({ attempt, call }) => {
    return attempt.candidate.model?.tokenizer === 'o200k' && call.wire !== 'embeddings';
  });
  return isCountable ? { ranks: await loadRanks(), told: new Map() } : undefined;
}
