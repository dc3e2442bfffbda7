import { reportedTokensMax } from '../limits.ts';
import { asCount, asRecord, firstCount } from '../wire/json-value.ts';
import type { ReportedUsage } from '../wire/reported-usage.ts';
import { statedCost } from './stated-cost.ts';

/**
 * The usage in an answer or in a chunk of one, wherever servers that call themselves compatible put it; undefined where
 * there is none, or none that makes sense.
 */
export function decodeUsage(answer: Readonly<Record<string, unknown>>): ReportedUsage | undefined {
  const usage = asRecord(answer['usage']) ?? asRecord(asRecord(answer['x_groq'])?.['usage']);
  return usage === undefined ? sumOfUsages(decodeChoiceUsages(answer)) : usageIn(usage, answer['service_tier']);
}

/** Moonshot has it in a choice: what each has used, by its index. In a stream they come one after another. */
export function decodeChoiceUsages(answer: Readonly<Record<string, unknown>>): ReadonlyMap<number, ReportedUsage> {
  const usages = new Map<number, ReportedUsage>();
  const choices: unknown = answer['choices'];
  if (!Array.isArray(choices)) return usages;
  for (const [position, value] of choices.entries()) {
    const choice = asRecord(value);
    const record = asRecord(choice?.['usage']);
    const usage = record === undefined ? undefined : usageIn(record, answer['service_tier']);
    if (usage !== undefined) usages.set(asCount(choice?.['index']) ?? position, usage);
  }
  return usages;
}

/** All the choices have one prompt between them. */
export function sumOfUsages(usages: ReadonlyMap<number, ReportedUsage>): ReportedUsage | undefined {
  const [first, ...others] = usages.values();
  if (first === undefined) return undefined;
  const sum = others.reduce(
    (one, other) => ({
      ...one,
      ...other,
      inputTokens: Math.max(one.inputTokens, other.inputTokens),
      cachedInputTokens: Math.min(one.cachedInputTokens, other.cachedInputTokens),
      outputTokens: one.outputTokens + other.outputTokens,
      reasoningTokens: one.reasoningTokens + other.reasoningTokens,
      audioOutputTokens: (one.audioOutputTokens ?? 0) + (other.audioOutputTokens ?? 0),
    }),
    first,
  );
  return sum.outputTokens <= reportedTokensMax ? sum : undefined;
}

function usageIn(usage: Readonly<Record<string, unknown>>, tier: unknown): ReportedUsage | undefined {
  const inputTokens = asCount(usage['prompt_tokens']);
  const outputTokens = asCount(usage['completion_tokens']);
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  // A place kept for a usage that is to come: no prompt is nothing at all.
  if (inputTokens === 0 && outputTokens === 0) return undefined;
  const input = asRecord(usage['prompt_tokens_details']);
  const output = asRecord(usage['completion_tokens_details']);
  const totalTokens = asCount(usage['total_tokens']) ?? 0;
  const statedNanoUsd = statedCost(usage);
  return {
    inputTokens,
    // DeepSeek and Moonshot have names of their own for it.
    cachedInputTokens: firstCount(input?.['cached_tokens'], usage['prompt_cache_hit_tokens'], usage['cached_tokens']),
    cacheWrite5mTokens: firstCount(input?.['cache_write_tokens'], input?.['cache_creation_tokens']),
    audioInputTokens: firstCount(input?.['audio_tokens']),
    // xAI and Gemini count reasoning in the total only.
    outputTokens: Math.max(outputTokens, totalTokens - inputTokens),
    reasoningTokens: firstCount(output?.['reasoning_tokens'], usage['reasoning_tokens']),
    audioOutputTokens: firstCount(output?.['audio_tokens']),
    ...(typeof tier === 'string' ? { serviceTier: tier } : {}),
    ...(statedNanoUsd === undefined ? {} : { statedNanoUsd }),
  };
}
