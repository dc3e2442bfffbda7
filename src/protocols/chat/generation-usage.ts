import { type JsonRecord, asCount, asRecord, firstCount } from '../json/json-value.ts';
import type { ReportedUsage } from '../reported-usage.ts';
import { nanoUsdOf, sumOf } from './stated-cost.ts';

/**
 * What OpenRouter says of a call that it has finished, when asked for it by its id. The tokens that its provider
 * counted are those that are charged; `tokens_prompt` and `tokens_completion` are made comparable between models, and
 * charged for nowhere. Undefined until it knows.
 */
export function generationUsage(answer: JsonRecord): ReportedUsage | undefined {
  const data = asRecord(answer['data']);
  const inputTokens = asCount(data?.['native_tokens_prompt']);
  const outputTokens = asCount(data?.['native_tokens_completion']);
  if (data === undefined || inputTokens === undefined || outputTokens === undefined) return undefined;
  if (inputTokens === 0 && outputTokens === 0) return undefined;
  const statedNanoUsd = costOf(data);
  const tier = data['service_tier'];
  return {
    inputTokens,
    cachedInputTokens: firstCount(data['native_tokens_cached']),
    outputTokens: Math.max(outputTokens, firstCount(data['native_tokens_reasoning'])),
    reasoningTokens: firstCount(data['native_tokens_reasoning']),
    ...(typeof tier === 'string' ? { serviceTier: tier } : {}),
    ...(statedNanoUsd === undefined ? {} : { statedNanoUsd }),
  };
}

function costOf(data: JsonRecord): number | undefined {
  const fee = nanoUsdOf(data['total_cost']) ?? nanoUsdOf(data['usage']);
  return data['is_byok'] === true ? sumOf(fee, nanoUsdOf(data['upstream_inference_cost'])) : fee;
}
