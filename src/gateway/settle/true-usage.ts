import { variable } from '../../env.ts';
import { generationLookupMs } from '../../limits.ts';
import { lookUpGeneration } from '../../providers/generation-lookup.ts';
import { type CallOutcome, type CallTerms, reportedOutcome } from '../attempt/call-outcome.ts';
import type { Incoming } from '../request/incoming.ts';
import type { PlannedAttempt } from '../../core/routing/plan.ts';
import type { StreamReader } from '../../protocols/stream-reader.ts';

/**
 * The true cost of a call that ended before its provider could say it, if the provider tells it afterwards: then nobody
 * is charged for a guess. The hold stays until the cost is known, or can't be learned.
 */
export async function trueOutcome(
  outcome: CallOutcome,
  terms: CallTerms,
  { provider, endpoint }: Pick<PlannedAttempt, 'provider' | 'endpoint'>,
  { answerId, count }: Pick<StreamReader, 'answerId' | 'count'>,
  { env }: Pick<Incoming, 'env'>,
): Promise<CallOutcome> {
  const path = provider.kind === 'openai' ? provider.generationPath : undefined;
  if (!outcome.estimated || path === undefined || endpoint === undefined || answerId === undefined) return outcome;
  const credential = endpoint.secret === undefined ? undefined : variable(env, endpoint.secret);
  const usage = await lookUpGeneration(
    { baseUrl: endpoint.baseUrl, path, id: answerId, credential },
    {
      fetch: (url, init) => fetch(url, init),
      wait: (ms, signal) => scheduler.wait(ms, { signal }),
      signal: AbortSignal.timeout(generationLookupMs),
    },
  );
  // As in the stream itself, it is not believed to have made less than has come.
  return usage === undefined || !count.report(usage.outputTokens)
    ? outcome
    : reportedOutcome(outcome.end, usage, terms, outcome.health);
}
