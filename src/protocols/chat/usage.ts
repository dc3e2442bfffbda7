import { reportedTokensMax } from '../../limits.ts';
import { cacheWritesOf } from '../cache-writes.ts';
import { type JsonRecord, asCount, asList, asRecord, asText, firstCount } from '../json/json-value.ts';
import { mergedUsage } from '../merged-usage.ts';
import type { ReportedUsage } from '../reported-usage.ts';
import { hasSearchResults, searchesCounted } from '../web-searches.ts';
import { statedCost } from './stated-cost.ts';

/** What a provider has said of the usage of an answer, at once or chunk by chunk, in its own words. */
export interface SaidUsage {
  readonly usage: JsonRecord | undefined;
  /** Moonshot reports what each choice used, by its index. In a stream the choices come one after another. */
  readonly ofChoices: ReadonlyMap<number, JsonRecord>;
  /** The tier that served. Any chunk may name it. */
  readonly tier: string | undefined;
  /** Searches of the web that are counted beside the usage. */
  readonly searches: number | undefined;
}

export const nothingSaid: SaidUsage = { usage: undefined, ofChoices: new Map(), tier: undefined, searches: undefined };

/** Adds what an answer or a chunk says to what earlier chunks said. Compatible servers put it in several places. */
export function saidIn(answer: JsonRecord, before: SaidUsage = nothingSaid): SaidUsage {
  const usage = asRecord(answer['usage']) ?? asRecord(asRecord(answer['x_groq'])?.['usage']);
  const ofChoices = usagesOfChoices(answer);
  const found = hasSearchResults(answer) ? 1 : undefined;
  return {
    usage: usage === undefined ? before.usage : mergedUsage(before.usage ?? {}, usage),
    ofChoices: ofChoices.length === 0 ? before.ofChoices : mergedChoices(before.ofChoices, ofChoices),
    tier: asText(answer['service_tier']) ?? asText(usage?.['service_tier']) ?? before.tier,
    searches: most(before.searches, searchesCounted(answer) ?? found),
  };
}

/** Undefined where there is none, or none that makes sense. */
export function usageOfSaid(said: SaidUsage): ReportedUsage | undefined {
  const found = said.usage === undefined ? sumOfUsages(said.ofChoices) : usageIn(said.usage);
  return found === undefined ? undefined : withBeside(found, said);
}

/** Adds what is said beside a usage. */
export function withBeside(usage: ReportedUsage, { tier, searches }: SaidUsage): ReportedUsage {
  const webSearches = most(usage.webSearches, searches);
  return {
    ...usage,
    ...(webSearches === undefined ? {} : { webSearches }),
    ...(tier === undefined ? {} : { serviceTier: tier }),
  };
}

export function decodeUsage(answer: JsonRecord): ReportedUsage | undefined {
  return usageOfSaid(saidIn(answer));
}

type UsageOfChoice = readonly [index: number, usage: JsonRecord];

function usagesOfChoices(answer: JsonRecord): readonly UsageOfChoice[] {
  return asList(answer['choices']).flatMap((value, position): UsageOfChoice[] => {
    const choice = asRecord(value);
    const usage = asRecord(choice?.['usage']);
    return usage === undefined ? [] : [[asCount(choice?.['index']) ?? position, usage]];
  });
}

function mergedChoices(
  before: ReadonlyMap<number, JsonRecord>,
  said: readonly UsageOfChoice[],
): ReadonlyMap<number, JsonRecord> {
  const all = new Map(before);
  for (const [index, usage] of said) all.set(index, mergedUsage(all.get(index) ?? {}, usage));
  return all;
}

/** All choices share one prompt. */
function sumOfUsages(ofChoices: SaidUsage['ofChoices']): ReportedUsage | undefined {
  const [first, ...others] = [...ofChoices.values()].flatMap((usage) => usageIn(usage) ?? []);
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

function usageIn(usage: JsonRecord): ReportedUsage | undefined {
  const inputTokens = asCount(usage['prompt_tokens']);
  const outputTokens = asCount(usage['completion_tokens']);
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  // Zeros only keep a place for a usage that is to come: no call is without a prompt.
  if (inputTokens === 0 && outputTokens === 0) return undefined;
  const input = asRecord(usage['prompt_tokens_details']);
  const output = asRecord(usage['completion_tokens_details']);
  const totalTokens = asCount(usage['total_tokens']) ?? 0;
  const statedNanoUsd = statedCost(usage);
  const webSearches = searchesCounted(usage);
  const written = firstCount(input?.['cache_write_tokens'], input?.['cache_creation_tokens']);
  const division = asRecord(input?.['cache_creation_token_details']) ?? asRecord(input?.['cache_creation']);
  return {
    inputTokens,
    // DeepSeek and Moonshot have their own names for it.
    cachedInputTokens: firstCount(input?.['cached_tokens'], usage['prompt_cache_hit_tokens'], usage['cached_tokens']),
    ...cacheWritesOf(written, division),
    audioInputTokens: firstCount(input?.['audio_tokens']),
    // xAI and Gemini count reasoning only in the total.
    outputTokens: Math.max(outputTokens, totalTokens - inputTokens),
    reasoningTokens: firstCount(output?.['reasoning_tokens'], usage['reasoning_tokens']),
    audioOutputTokens: firstCount(output?.['audio_tokens']),
    ...(webSearches === undefined ? {} : { webSearches }),
    ...(statedNanoUsd === undefined ? {} : { statedNanoUsd }),
  };
}

function most(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}
