import { type JsonRecord, asCount, asRecord } from '../json/json-value.ts';
import { present } from '../json/present.ts';
import type { ReportedUsage } from '../reported-usage.ts';
import { statedCost } from '../chat/stated-cost.ts';

/** The usage of an answer with embeddings; undefined if there is none that makes sense. */
export function decodeEmbeddingsUsage(answer: JsonRecord): ReportedUsage | undefined {
  const usage = asRecord(answer['usage']);
  if (usage === undefined) return undefined;
  // Some servers report only one of them. Where they differ, the total has nothing but the prompt in it.
  const inputTokens = Math.max(asCount(usage['prompt_tokens']) ?? 0, asCount(usage['total_tokens']) ?? 0);
  // Servers that don't count report zero, and no input is empty.
  if (inputTokens === 0) return undefined;
  return {
    inputTokens,
    cachedInputTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    ...present({ statedNanoUsd: statedCost(usage) }),
  };
}
