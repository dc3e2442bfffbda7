import { type WrittenPrice, times } from './written.ts';

/*
 * How OpenAI's prices are made up. From excerpts and copies of its own pages:
 * - the priority tier, called fast mode since July: https://openai.com/api-fast-mode/, as of 2026-11
 * - the ultrafast tier: https://developers.openai.com/api/docs/guides/ultrafast-mode; which tiers a project's setting
 *   can choose, and what GPT-6.2 costs there: copies of its reference and of its page of that model, as of 2026-11-19,
 *   which have no flex tier for GPT-6.2
 * - searches: https://developers.openai.com/api/docs/pricing, as several have copied it, as of 2026-09
 */

/** A search that the model runs by itself. What it finds is charged as input, too. */
export const webSearch = '0.01';
/** The older search tool, of models that don't reason. What it finds is not charged. */
const previewSearch = '0.025';

/**
 * From GPT-5.6 on OpenAI charges for writes to its cache: 1.25 × input, or 2.5 × to keep them for twelve hours. A
 * prompt of more than 272,000 tokens costs 2 × for input and 1.5 × for output. The flex tier costs half. The fast tier,
 * which answers call `priority` or `fast`, costs twice. A rate that a step or a tier does not name keeps its
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
  /** The factor of this tier's price. No project can have the tier as its default. */
  readonly ultrafast?: number;
}

/** Most older models charge for no writes and have no steps. Each has its own price for the priority tier. */
export function olderPrice(input: string, cachedInput: string, output: string, priority?: number): WrittenPrice {
  const tiers = {
    flex: scaled(input, output, 0.5),
    ...(priority === undefined ? {} : { priority: scaled(input, output, priority) }),
  };
  return { input, cachedInput, output, webSearch, serviceTiers: tiers };
}

/** Some models before GPT-5.6 charge more for long prompts, too. */
export function longPrice(input: string, cachedInput: string, output: string, priority?: number): WrittenPrice {
  return { ...olderPrice(input, cachedInput, output, priority), above: longContext(input, output) };
}

/** Models before GPT-5 have no flex tier. */
export function spokenPrice(
  input: string,
  cachedInput: string,
  output: string,
  priority: { input: string; output: string },
): WrittenPrice {
  return { input, cachedInput, output, webSearch: previewSearch, serviceTiers: { priority } };
}

export function scaled(input: string, output: string, factor: number): { input: string; output: string } {
  return { input: times(input, factor), output: times(output, factor) };
}

function longContext(input: string, output: string): NonNullable<WrittenPrice['above']> {
  return [{ inputTokens: 272_000, input: times(input, 2), output: times(output, 1.5) }];
}
