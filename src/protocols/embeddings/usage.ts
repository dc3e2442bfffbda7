import { type JsonRecord, asCount, asRecord } from '../json/json-value.ts';
import type { ReportedUsage } from '../reported-usage.ts';
import { statedCost } from '../chat/stated-cost.ts';

/** What an answer with embeddings reports; undefined where it reports none that makes sense. */
export function decodeEmbeddingsUsage(answer: JsonRecord): ReportedUsage | undefined {
  const usage = asRecord(answer['usage']);
  if (usage === undefined) return undefined;
  // Some have only the one, some only the other; where they differ, nothing but the prompt can make the total.
  const inputTokens = Math.max(asCount(usage['prompt_tokens']) ?? 0, asCount(usage['total_tokens']) ?? 0);
  // Servers that don't count report a zero. Nothing that is embedded is nothing at all.
  if (inputTokens === 0) return undefined;
  const statedNanoUsd = statedCost(usage);
  return {
    inputTokens,
    cachedInputTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    ...(statedNanoUsd === undefined ? {} : { statedNanoUsd }),
  };
}
