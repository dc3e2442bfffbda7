import { reportedTokensMax } from '../../limits.ts';
import { type CacheWrites, cacheWritesOf } from '../cache-writes.ts';
import { type JsonRecord, asCount, asList, asRecord, asText, firstCount, recordsIn } from '../json/json-value.ts';
import { present } from '../json/present.ts';
import type { OutputCount } from '../output-count.ts';
import type { ReportedUsage } from '../reported-usage.ts';
import { searchBlocksIn, searchesCounted } from '../web-searches.ts';

/** The usage of a whole answer; undefined if there is none, or none that makes sense. */
export function decodeMessagesUsage(answer: JsonRecord): ReportedUsage | undefined {
  const usage = asRecord(answer['usage']);
  return usage === undefined ? undefined : usageOf(usage, searchBlocksIn(asList(answer['content'])));
}

/** @param searchBlocks how many searches are in the answer, in case its usage does not count them */
export function usageOf(usage: JsonRecord, searchBlocks: number): ReportedUsage | undefined {
  const parts: UsagePart[] = [];
  for (const said of [usage, ...recordsIn(usage['iterations']).filter(isBeside)]) {
    const part = partOf(said);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  const sum = (name: keyof UsagePart) => parts.reduce((total, part) => total + (part[name] ?? 0), 0);
  const found = present({
    inputTokens: sum('inputTokens'),
    cachedInputTokens: sum('cachedInputTokens'),
    cacheWrite5mTokens: sum('cacheWrite5mTokens'),
    cacheWrite1hTokens: sum('cacheWrite1hTokens'),
    undividedCacheWriteTokens: sum('undividedCacheWriteTokens') || undefined,
    outputTokens: sum('outputTokens'),
    reasoningTokens: firstCount(asRecord(usage['output_tokens_details'])?.['thinking_tokens']),
    webSearches: searchesCounted(usage) ?? searchBlocks,
    serviceTier: asText(usage['service_tier']),
  });
  // There is always a prompt: a report of no input is none.
  if (found.inputTokens === 0 || Math.max(found.inputTokens, found.outputTokens) > reportedTokensMax) return undefined;
  return found;
}

interface UsagePart extends CacheWrites {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
}

/** Cached input, read or written, stands beside the rest of the input, not in it. */
function partOf(usage: JsonRecord): UsagePart | undefined {
  const input = asCount(usage['input_tokens']);
  const outputTokens = asCount(usage['output_tokens']);
  if (input === undefined || outputTokens === undefined) return undefined;
  const cachedInputTokens = firstCount(usage['cache_read_input_tokens']);
  const writes = cacheWritesOf(firstCount(usage['cache_creation_input_tokens']), asRecord(usage['cache_creation']));
  const inputTokens = input + cachedInputTokens + writes.cacheWrite5mTokens + writes.cacheWrite1hTokens;
  return { inputTokens, cachedInputTokens, ...writes, outputTokens };
}

/** Summaries and advice that the provider asked for are billed on top of the totals of the usage. */
function isBeside({ type }: JsonRecord): boolean {
  return typeof type === 'string' && type !== 'message' && type !== 'fallback_message';
}

/** Counts all output of a whole answer. */
export function countMessage(count: OutputCount, answer: JsonRecord): void {
  for (const [index, value] of asList(answer['content']).entries()) countBlock(count, index, asRecord(value));
}

/** Counts what a block holds when it begins, or as a whole. What only the provider can read is not counted. */
export function countBlock(count: OutputCount, index: number, block: JsonRecord | undefined): void {
  switch (block?.['type']) {
    case 'text':
      count.addContent(index, asText(block['text']) ?? '');
      return;
    case 'thinking':
      count.add(index, { thinking: block['thinking'] });
      return;
    case 'tool_use':
    case 'server_tool_use':
      count.add(index, { arguments: block['name'] });
      if (Object.keys(asRecord(block['input']) ?? {}).length > 0) {
        count.add(index, { arguments: JSON.stringify(block['input']) });
      }
  }
}
