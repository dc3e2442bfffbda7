import { type WrittenPrice, times } from './written.ts';

/*
 * How OpenAI's prices are made up. Where that is from, its own pages, as excerpts and copies of them read:
 * - the priority tier, called fast mode since July: https://openai.com/api-fast-mode/, as of 2026-11
 * - the ultrafast tier: https://developers.openai.com/api/docs/guides/ultrafast-mode; which tiers a project's setting
 *   can choose, and what GPT-6.2 costs there: copies of its reference and of its page of that model, as of 2026-11-19,
 *   which have no flex tier for GPT-6.2
 * - searches: https://developers.openai.com/api/docs/pricing, as several have copied it, as of 2026-09
 */

/** What a search costs that the model runs by itself. What is found is charged as input beside it. */
export const webSearch = '0.01';
/** Of models that don't reason, the older tool for it, whose results are not charged. */
export const previewSearch = '0.025';

/**
 * Since GPT-5.6 OpenAI charges for writing to its cache: 1.25 × input, or 2.5 × to keep it for twelve hours. A prompt
 * of more than 272,000 tokens costs 2 × for all that goes in and 1.5 × for what comes out; the flex tier half; the fast
 * tier, which its answers call `priority` or `fast`, twice. All that a step or a tier does not name keeps its
 * proportion.
 */
export function currentPrice(input: string, cachedInput: string, output: string, more: Tiers = {}): WrittenPrice {
  const { hasFlex = true, ultrafast } = more;
  return {
    input,
    cachedInput,
    cacheWrite5m: times(input, 1.25),
    cacheWrite1h: times(input, 2.5),
    output,
    webSearch,
    above: longContext(input, output),
    serviceTiers: {
      ...(hasFlex ? { flex: scaled(input, output, 0.5) } : {}),
      priority: scaled(input, output, 2),
      ...(ultrafast === undefined ? {} : { ultrafast: { ...scaled(input, output, ultrafast), onlyIfAsked: true } }),
    },
  };
}

interface Tiers {
  readonly hasFlex?: boolean;
  /** How many times the standard price the tier of this name costs. A project's default can't be it. */
  readonly ultrafast?: number;
}

/** Models before that have neither, and each its own price for priority; those before GPT-5 have no flex tier. */
export function olderPrice(input: string, cachedInput: string, output: string, priority?: number): WrittenPrice {
  const tiers = {
    flex: scaled(input, output, 0.5),
    ...(priority === undefined ? {} : { priority: scaled(input, output, priority) }),
  };
  return { input, cachedInput, output, webSearch, serviceTiers: tiers };
}

export function scaled(input: string, output: string, factor: number): { input: string; output: string } {
  return { input: times(input, factor), output: times(output, factor) };
}

export function longContext(input: string, output: string): NonNullable<WrittenPrice['above']> {
  return [{ inputTokens: 272_000, input: times(input, 2), output: times(output, 1.5) }];
}
