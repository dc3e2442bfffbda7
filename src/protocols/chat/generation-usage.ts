import { type JsonRecord, asCount, asRecord, firstCount } from '../json/json-value.ts';
import type { ReportedUsage } from '../reported-usage.ts';
import { nanoUsdOf, sumOf } from './stated-cost.ts';

/**
 * The usage that OpenRouter tells of a finished call, when asked by its id. It charges the tokens that its provider
 * counted. `tokens_prompt` and `tokens_completion` make models comparable, and nobody charges them. Undefined until it
 * knows.
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
