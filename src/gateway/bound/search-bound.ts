/** The most that is put in by a call in which a provider searches by itself. Pure. */

export interface SearchSize {
  /** How often the model is asked, each time with all that was said and found so far. */
  readonly turns: number;
  /** In how many of them the cap on the output counts anew. */
  readonly outputTurns: number;
  /** How many searches are charged. */
  readonly searches: number;
  /** How often something is found, by a search or by fetching a page, and put in. */
  readonly finds: number;
}

interface SearchedPrompt {
  /** What the request itself puts in, at most. */
  readonly first: number;
  readonly contextTokens: number;
  /** The most that is found at once; undefined where nothing is known but that it fits into the context. */
  readonly tokensPerFind: number | undefined;
  /** The output cap, at most. */
  readonly cap: number;
}

/**
 * What all turns together put in. The first has what was sent; each that follows has all that may have been found and
 * said by then, within the context.
 */
export function inputOfTurns(
  { turns, outputTurns, finds }: SearchSize,
  { first, contextTokens, tokensPerFind, cap }: SearchedPrompt,
): number {
  const found = tokensPerFind === undefined ? Infinity : finds * tokensPerFind;
  let sum = Math.min(first, contextTokens);
  for (let turn = 2; turn <= turns; turn += 1) {
    const said = cap * Math.min(turn - 1, outputTurns);
    sum += Math.min(contextTokens, first + found + said);
  }
  return sum;
}
